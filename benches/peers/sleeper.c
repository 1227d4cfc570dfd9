/* Sleeps until each moment of a schedule, and does nothing else: how late this machine wakes a program, and what a waking
 * costs. Whoever sends on a schedule pays this first. With `awake`, processors are kept awake meanwhile, as hookreel has them.
 * Prints JSON, in microseconds. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const long SECOND = 1000000000L;

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static int shorter(const void *one, const void *other) {
    long a = *(const long *)one, b = *(const long *)other;
    return (a > b) - (a < b);
}

int main(int argc, char **argv) {
    int awake = argc == 4 && !strcmp(argv[3], "awake");
    long rate = argc == 3 + awake ? atol(argv[1]) : 0, count = rate > 0 ? rate * atol(argv[2]) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: sleeper RATE SECONDS [awake]\n");
        return 2;
    }
    int device = awake ? open("/dev/cpu_dma_latency", O_WRONLY) : -1, none = 0;
    if (awake && (device < 0 || write(device, &none, sizeof none) != sizeof none)) {
        perror("/dev/cpu_dma_latency");
        return 77;
    }
    long *late = malloc(count * sizeof *late);
    if (!late) return 70;
    prctl(PR_SET_TIMERSLACK, 1);
    long begin = now() + SECOND / 1000;
    for (long i = 0; i < count; i++) {
        long due = begin + i * (SECOND / rate);
        struct timespec until = {due / SECOND, due % SECOND};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        late[i] = now() - due;
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    qsort(late, count, sizeof *late, shorter);
    printf("{\"cpu\":%.2f,\"p50\":%.1f,\"p99\":%.1f}\n", cpu / count, late[count / 2] / 1e3, late[count * 99 / 100] / 1e3);
    return 0;
}
