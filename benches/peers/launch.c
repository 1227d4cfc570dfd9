/* Runs a command and writes what it cost to a file, as JSON. A child's peak memory begins at that of whoever forked it,
 * so whoever forks has to be small: a script's interpreter is larger than some of the senders. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: launch FILE COMMAND [ARGUMENT]...\n");
        return 2;
    }
    double begun = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (child < 0 || wait4(child, &status, 0, &used) < 0) {
        perror("launch");
        return 70;
    }
    double ended = now();
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *out = fopen(argv[1], "w");
    if (!out) {
        perror(argv[1]);
        return 70;
    }
    fprintf(out, "{\"code\":%d,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"rss_kib\":%ld}\n", code, ended - begun,
            seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
    return fclose(out) ? 70 : 0;
}
