/*
 * SYNs at a steady rate, for bench:flood and its own namespaces alone: hping3 sleeps between two packets and does not get beyond some
 * ten thousand a second on a busy machine.
 *   syn-sender ADDRESS PORT RATE SECONDS
 * Sources are invented in 198.18.0.0/15, which RFC 2544 keeps for measurements; an address outside of 10.0.0.0/8 is refused. At the end it says how many left.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 256
/* A sender that was not scheduled catches up on so much, no more. */
#define CATCH_UP_MS 20

struct syn {
  struct iphdr ip;
  struct tcphdr tcp;
  uint8_t mss[4];
} __attribute__((packed));

static uint64_t state = 88172645463325252ull;

static uint32_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static uint64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static uint32_t sum_words(const void *bytes, int length) {
  const uint8_t *at = bytes;
  uint32_t sum = 0;
  for (int k = 0; k < length; k += 2) sum += (uint32_t)(at[k] << 8 | at[k + 1]);
  return sum;
}

static uint16_t folded(uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return htons((uint16_t)~sum);
}

static void fill(struct syn *syn, uint32_t target, uint16_t port) {
  uint32_t random = next_random();
  memset(syn, 0, sizeof *syn);
  syn->ip.version = 4;
  syn->ip.ihl = 5;
  syn->ip.tot_len = htons(sizeof *syn);
  syn->ip.ttl = 64;
  syn->ip.protocol = IPPROTO_TCP;
  syn->ip.saddr = htonl(0xc6120000u | (random & 0x1ffff));
  syn->ip.daddr = target;
  syn->ip.check = folded(sum_words(&syn->ip, sizeof syn->ip));
  syn->tcp.source = htons((uint16_t)(1024 + (random >> 17) * 2 % 64000));
  syn->tcp.dest = htons(port);
  syn->tcp.seq = next_random();
  syn->tcp.doff = 6;
  syn->tcp.syn = 1;
  syn->tcp.window = htons(64240);
  memcpy(syn->mss, "\x02\x04\x05\xb4", 4);
  uint32_t length = sizeof syn->tcp + sizeof syn->mss;
  uint32_t pseudo = sum_words(&syn->ip.saddr, 8) + IPPROTO_TCP + length;
  syn->tcp.check = folded(pseudo + sum_words(&syn->tcp, (int)length));
}

int main(int count, char **words) {
  if (count != 5) return fprintf(stderr, "syn-sender ADDRESS PORT RATE SECONDS\n"), 2;
  struct sockaddr_in to = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, words[1], &to.sin_addr) != 1 || ntohl(to.sin_addr.s_addr) >> 24 != 10)
    return fprintf(stderr, "only addresses of 10.0.0.0/8\n"), 2;
  uint16_t port = (uint16_t)atoi(words[2]);
  double rate = atof(words[3]);
  uint64_t length_us = (uint64_t)(atof(words[4]) * 1e6);
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (fd < 0) return perror("socket"), 1;
  static struct syn syns[BATCH];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int k = 0; k < BATCH; k++) {
    parts[k] = (struct iovec){&syns[k], sizeof syns[k]};
    messages[k].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[k], .msg_iovlen = 1};
  }
  uint64_t start = now_us();
  uint64_t sent = 0;
  uint64_t forgiven = 0;
  for (uint64_t now = start; now - start < length_us; now = now_us()) {
    uint64_t due = (uint64_t)((double)(now - start) * rate / 1e6) - forgiven;
    uint64_t most = (uint64_t)(rate * CATCH_UP_MS / 1e3);
    if (due > sent + most) {
      forgiven += due - sent - most;
      due = sent + most;
    }
    if (due == sent) {
      usleep(200);
      continue;
    }
    int batch = due - sent > BATCH ? BATCH : (int)(due - sent);
    for (int k = 0; k < batch; k++) fill(&syns[k], to.sin_addr.s_addr, port);
    int gone = sendmmsg(fd, messages, (unsigned)batch, 0);
    sent += gone > 0 ? (uint64_t)gone : (uint64_t)batch;
  }
  printf("%llu sent\n", (unsigned long long)sent);
  return 0;
}
