/*
 * Emulates a network path with latency, bandwidth and packet loss between two network namespaces. Opens a TUN device in
 * each namespace and forwards packets between them. Both ends use the kernel's TCP. Unlike netem, every kernel has TUN.
 *
 *   relay NEAR FAR one-way-microseconds bits-per-second losses-per-million queue-microseconds seed
 *
 * Each direction is a separate process. A packet is first dropped with the given probability. It then enters a queue, which
 * drops packets that would wait longer than queue-microseconds and drains at the given rate. Last, it is delayed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { mtu = 1500, slots = 16384 };

struct packet {
  uint64_t due;
  uint32_t length;
  unsigned char bytes[mtu];
};

struct path {
  uint64_t delay, queue; /* nanoseconds */
  double nanosecondsPerByte;
  uint64_t lossesPerMillion;
};

static void stop(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* xorshift64*: the same seed drops the same packets of a sequence. */
static uint64_t state;
static uint64_t randomNumber(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (state * 0x2545F4914F6CDD1Du) >> 33;
}

/* A TUN device belongs to the namespace in which it is created; its descriptor works in any namespace. */
static int tunIn(const char *name) {
  char file[128];
  snprintf(file, sizeof file, "/run/netns/%s", name);
  int space = open(file, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) stop(file);
  close(space);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(request.ifr_name, "link0");
  if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0) stop("/dev/net/tun");
  return tun;
}

static void forward(int from, int to, const struct path *path) {
  struct packet *ring = calloc(slots, sizeof *ring);
  if (ring == NULL) stop("ring");
  uint32_t first = 0, end = 0; /* neither ever decreases; the ring holds the packets between them */
  uint64_t lineFree = 0;
  for (;;) {
    struct pollfd readable = {.fd = from, .events = POLLIN};
    struct timespec pause = {.tv_sec = 1};
    if (first != end) {
      uint64_t due = ring[first % slots].due, time = now(), left = due > time ? due - time : 0;
      pause = (struct timespec){.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
    }
    if (ppoll(&readable, 1, &pause, NULL) < 0 && errno != EINTR) stop("ppoll");
    uint64_t time = now();
    if (readable.revents & POLLERR) usleep(1000); /* the interface is not up yet */
    while (end - first < slots) {
      struct packet *packet = &ring[end % slots];
      ssize_t length = read(from, packet->bytes, mtu);
      if (length <= 0) break;
      if (path->lossesPerMillion > 0 && randomNumber() % 1000000u < path->lossesPerMillion) continue;
      if (lineFree < time) lineFree = time;
      if (lineFree - time > path->queue) continue;
      lineFree += (uint64_t)((double)length * path->nanosecondsPerByte);
      packet->length = (uint32_t)length;
      packet->due = lineFree + path->delay;
      end++;
    }
    time = now();
    while (first != end && ring[first % slots].due <= time) {
      struct packet *packet = &ring[first++ % slots];
      /* A device that accepts no more packets drops this one, as an interface with a full queue does. */
      if (write(to, packet->bytes, packet->length) < 0 && errno != EAGAIN && errno != EIO) stop("write");
    }
  }
}

int main(int count, char **arguments) {
  if (count != 8) {
    fprintf(stderr, "wrong number of arguments: see the comment at the top of relay.c\n");
    return 2;
  }
  struct path path = {
      .delay = strtoull(arguments[3], NULL, 10) * 1000u,
      .nanosecondsPerByte = 8e9 / strtod(arguments[4], NULL),
      .lossesPerMillion = strtoull(arguments[5], NULL, 10),
      .queue = strtoull(arguments[6], NULL, 10) * 1000u,
  };
  int near = tunIn(arguments[1]), far = tunIn(arguments[2]);
  /* Forwards packets that are due within 0.1 ms together, for fewer wake-ups on machines with few cores. */
  prctl(PR_SET_TIMERSLACK, 100000ul);
  /* Runs before ordinary processes: otherwise a busy machine would make the link slower than configured. */
  struct sched_param priority = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_RR, &priority) != 0) stop("sched_setscheduler");
  uint64_t seed = strtoull(arguments[7], NULL, 10) + 1;
  puts("ready");
  fflush(stdout);
  pid_t parent = getpid(), child = fork();
  if (child < 0) stop("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) return 1;
    state = seed * 0x9E3779B97F4A7C15u;
    forward(far, near, &path);
  }
  state = seed * 0xD1B54A32D192ED03u;
  forward(near, far, &path);
}
