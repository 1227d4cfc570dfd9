/* wine before 9.0 has no bcryptprimitives.dll, of which the standard library of Rust wants one function: random bytes. Here they
   come from where wine has them. For tests under wine alone. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE room, SIZE_T length) {
    return RtlGenRandom(room, (ULONG)length);
}
