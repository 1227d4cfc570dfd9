"""The container image: the static program, certificate authorities, nobody's user, and nothing else.

One file is both an OCI layout (image-spec, image-layout.md) and what `docker load` reads (manifest.json), so that no engine is needed
to make it."""

import json
import sys
import time
from pathlib import Path

from . import archive
from .release import sha256

# Where the system that builds keeps them; from there they go to where rustls looks.
AUTHORITIES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
NOBODY = 65532


def make(release):
    for system, program in release.built:
        if system.image:
            release.write(f"{release.name}-{release.version}-image-{system.image}.tar", image(release, system, program))


def image(release, system, program):
    layer = archive.tar(files(release, program), release.epoch)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.epoch))
    config = {
        "architecture": system.image,
        "os": "linux",
        "created": moment,
        "config": {
            "User": f"{NOBODY}:{NOBODY}",
            "Entrypoint": ["/usr/bin/hookreel"],
            "WorkingDir": "/work",
            "Labels": {
                "org.opencontainers.image.title": release.name,
                "org.opencontainers.image.version": release.version,
                "org.opencontainers.image.licenses": release.licence,
                "org.opencontainers.image.source": release.repository,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
        "history": [{"created": moment, "created_by": "packaging/build"}],
    }
    if system.image == "arm64":
        config["variant"] = "v8"
    tag = f"{release.name}:{release.version}"
    config = encoded(config)
    kind = "application/vnd.oci.image"
    manifest = encoded(
        {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": described(f"{kind}.config.v1+json", config),
            "layers": [described(f"{kind}.layer.v1.tar", layer)],
        }
    )
    entry = described(f"{kind}.manifest.v1+json", manifest) | {
        "annotations": {"org.opencontainers.image.ref.name": release.version, "io.containerd.image.name": f"docker.io/library/{tag}"}
    }
    index = {"schemaVersion": 2, "mediaType": f"{kind}.index.v1+json", "manifests": [entry]}
    load = [{"Config": blob(config), "RepoTags": [tag], "Layers": [blob(layer)]}]
    tree = {blob(content): (content, 0o644) for content in [layer, config, manifest]}
    tree["oci-layout"] = (encoded({"imageLayoutVersion": "1.0.0"}), 0o644)
    tree["index.json"] = (encoded(index), 0o644)
    tree["manifest.json"] = (encoded(load), 0o644)
    return archive.tar(tree, release.epoch)


def files(release, program):
    tree = {
        "usr/bin/hookreel": (program.read_bytes(), 0o755),
        "etc/passwd": (f"hookreel:x:{NOBODY}:{NOBODY}::/work:/nowhere\n".encode(), 0o644),
        # A volume is put here for records and reports.
        "work/": (b"", 0o1777),
        "tmp/": (b"", 0o1777),
    }
    for name, path in release.documents().items():
        if name.startswith("LICENSE"):
            tree[f"usr/share/doc/hookreel/{name}"] = (path.read_bytes(), 0o644)
    authorities = next((Path(place) for place in AUTHORITIES if Path(place).exists()), None)
    if authorities:
        tree["etc/ssl/certs/ca-certificates.crt"] = (authorities.read_bytes(), 0o644)
    else:
        print("warning: no certificate authorities here: https needs --ca FILE in this image", file=sys.stderr)
    return tree


def encoded(value):
    return json.dumps(value, separators=(",", ":")).encode()


def described(kind, content):
    return {"mediaType": kind, "digest": f"sha256:{sha256(content)}", "size": len(content)}


def blob(content):
    return f"blobs/sha256/{sha256(content)}"
