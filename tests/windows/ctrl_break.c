/* Runs a command on this console, and presses Ctrl-Break for it as soon as somebody serves a port. Its exit
   code is that of the command. For tests under wine.

   ctrl_break PORT COMMAND... */
#include <winsock2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int served(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((u_short)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SOCKET one = socket(AF_INET, SOCK_STREAM, 0);
    int found = connect(one, (struct sockaddr *)&at, sizeof at) == 0;
    closesocket(one);
    return found;
}

int main(int count, char **words) {
    char line[8192] = "";
    for (int n = 2; n < count; n++) {
        if (strlen(line) + strlen(words[n]) + 4 > sizeof line) return 70;
        sprintf(line + strlen(line), "\"%s\" ", words[n]);
    }
    WSADATA sockets;
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    if (count < 3 || WSAStartup(0x202, &sockets) != 0 ||
        !CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) {
        fprintf(stderr, "the command cannot be started: error %lu\n", GetLastError());
        return 70;
    }
    for (int tries = 0; tries < 600 && !served(atoi(words[1])); tries++) {
        if (WaitForSingleObject(child.hProcess, 100) == WAIT_OBJECT_0) break;
    }
    /* A console tells of Ctrl-Break by a thread in each of its programs, which begins in this routine. The console of wine 8 does not
       have that key, so the thread is begun from here. */
    FARPROC told = GetProcAddress(GetModuleHandleA("kernelbase.dll"), "CtrlRoutine");
    if (told == NULL ||
        CreateRemoteThread(child.hProcess, NULL, 0, (LPTHREAD_START_ROUTINE)(void *)told, (void *)CTRL_BREAK_EVENT, 0, NULL) == NULL) {
        fprintf(stderr, "Ctrl-Break cannot be pressed: error %lu\n", GetLastError());
    }
    if (WaitForSingleObject(child.hProcess, 60000) != WAIT_OBJECT_0) {
        fprintf(stderr, "the command does not end within 60 s\n");
        TerminateProcess(child.hProcess, 70);
    }
    DWORD code = 70;
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
