/*
 * The kernel's end of bench:tun: a client for every measurement, and the same server on kernel sockets for comparison.
 *   kernel-peer server PORT
 *   kernel-peer client HOST PORT up|down|pingpong|conn SECONDS CLIENTS verify|trust
 * The first byte of a connection says what it is for: 'S' the server reads to the end and answers how many bytes (8, little
 * endian), 'R' it sends until the client is gone, 'P' it echoes; a connection that ends at once is closed.
 * Bulk bytes follow a pattern of prime length that both ends know; a wrong byte ends the run with an error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PERIOD 65521
#define CHUNK (256 * 1024)

static unsigned char pattern[PERIOD + CHUNK];
static struct sockaddr_in peer = {.sin_family = AF_INET};
static double seconds;
static int verifies;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0 || connect(fd, (void *)&peer, sizeof peer)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static void check(const unsigned char *bytes, ssize_t count, uint64_t at) {
  if (!verifies || memcmp(bytes, pattern + at % PERIOD, count) == 0) return;
  fprintf(stderr, "wrong bytes at %llu\n", (unsigned long long)at);
  exit(1);
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument, on = 1;
  unsigned char *buffer = malloc(CHUNK), command;
  uint64_t total = 0;
  ssize_t count;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (read(fd, &command, 1) == 1) {
    if (command == 'S') {
      for (; (count = read(fd, buffer, CHUNK)) > 0; total += count) check(buffer, count, total);
      if (write(fd, &total, 8) != 8) perror("count");
    } else if (command == 'R') {
      for (; (count = write(fd, pattern + total % PERIOD, CHUNK)) > 0; total += count);
    } else {
      while ((count = read(fd, buffer, CHUNK)) > 0 && write(fd, buffer, count) == count);
    }
  }
  free(buffer);
  close(fd);
  return NULL;
}

static void run_server(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&peer, sizeof peer) || listen(listener, 4096)) fail("listen");
  puts("ready");
  fflush(stdout);
  for (;;) {
    unsigned char first;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) continue;
    /* One that ends at once needs no thread. */
    if (recv(fd, &first, 1, MSG_PEEK) <= 0) {
      close(fd);
      continue;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd)) close(fd);
    else pthread_detach(thread);
  }
}

static double up(void) {
  int fd = dial();
  uint64_t sent = 0, taken = 0;
  double start = now();
  if (write(fd, "S", 1) != 1) fail("write");
  while (now() - start < seconds) {
    ssize_t count = write(fd, pattern + sent % PERIOD, CHUNK);
    if (count < 0) fail("write");
    sent += count;
  }
  shutdown(fd, SHUT_WR);
  for (size_t at = 0; at < 8;) {
    ssize_t count = read(fd, (char *)&taken + at, 8 - at);
    if (count <= 0) fail("count");
    at += count;
  }
  double elapsed = now() - start;
  close(fd);
  if (taken != sent) {
    fprintf(stderr, "%llu of %llu bytes arrived\n", (unsigned long long)taken, (unsigned long long)sent);
    exit(1);
  }
  return taken * 8 / elapsed;
}

static double down(void) {
  int fd = dial();
  unsigned char *buffer = malloc(CHUNK);
  uint64_t total = 0;
  double start = now();
  if (write(fd, "R", 1) != 1) fail("write");
  while (now() - start < seconds) {
    ssize_t count = read(fd, buffer, CHUNK);
    if (count <= 0) fail("read");
    check(buffer, count, total);
    total += count;
  }
  double elapsed = now() - start;
  free(buffer);
  close(fd);
  return total * 8 / elapsed;
}

static double pingpong(void) {
  int fd = dial();
  uint64_t total = 0;
  double start = now();
  if (write(fd, "P", 1) != 1) fail("write");
  while (now() - start < seconds) {
    unsigned char out = total, in;
    if (write(fd, &out, 1) != 1 || read(fd, &in, 1) != 1 || in != out) fail("pingpong");
    total++;
  }
  double elapsed = now() - start;
  close(fd);
  return total / elapsed;
}

/* Connects, closes, waits until the server has closed too. */
static double conn(void) {
  uint64_t total = 0;
  double start = now();
  while (now() - start < seconds) {
    unsigned char byte;
    int fd = dial();
    shutdown(fd, SHUT_WR);
    if (read(fd, &byte, 1) != 0) fail("close");
    close(fd);
    total++;
  }
  return total / (now() - start);
}

static double (*work)(void);

static void *client(void *sum) {
  *(double *)sum = work();
  return NULL;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  for (uint32_t at = 0; at < sizeof pattern; at++) pattern[at] = (at % PERIOD * 2654435761u) >> 13;
  if (argc == 3 && !strcmp(argv[1], "server")) {
    verifies = 1;
    peer.sin_port = htons(atoi(argv[2]));
    run_server();
  }
  if (argc != 8 || strcmp(argv[1], "client")) return 2;
  inet_pton(AF_INET, argv[2], &peer.sin_addr);
  peer.sin_port = htons(atoi(argv[3]));
  seconds = atof(argv[5]);
  verifies = !strcmp(argv[7], "verify");
  work = !strcmp(argv[4], "up") ? up : !strcmp(argv[4], "down") ? down : !strcmp(argv[4], "conn") ? conn : pingpong;
  int clients = atoi(argv[6]);
  pthread_t threads[64];
  double results[64], sum = 0;
  if (clients < 1 || clients > 64) return 2;
  for (int index = 0; index < clients; index++) pthread_create(&threads[index], NULL, client, &results[index]);
  for (int index = 0; index < clients; index++) {
    pthread_join(threads[index], NULL);
    sum += results[index];
  }
  printf("%.0f\n", sum);
  return 0;
}
