/*
 * lwIP on a TUN or TAP device, as a peer of our stack. Built from the Debian package liblwip-dev (build.ts):
 *   lwip-peer tun|tap DEVICE IPV4 [IPV6]
 * Port 7 echoes to the end, port 8 answers the first octets with a reset, port 9000 is the server of bench/tun/kernel-peer.c.
 * On standard input "connect HOST PORT FROM TO" sends the file FROM, ends its half, keeps what it hears in the file TO and says
 * "done OCTETS" or "failed ERRNO". Prints "ready"; ends with its input. The package's own driver is not used: it writes beyond
 * the end of what it has allocated for a frame of full size.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

struct place {
  int family;
  union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
  } address;
};

/* What precedes the flags in struct ifreq, and is as long as it. */
struct request {
  char name[16];
  short flags;
  char rest[22];
};

static struct netif card;
static int device;
static int is_ethernet;
static char **addresses;
static sys_sem_t started;

static void fail(const char *what) {
  fprintf(stderr, "lwip-peer: %s: %s\n", what, strerror(errno));
  exit(1);
}

static struct place place_of(const char *host, int port) {
  struct place place = {.family = strchr(host, ':') ? AF_INET6 : AF_INET};
  if (place.family == AF_INET6) {
    place.address.ipv6.sin6_family = AF_INET6;
    place.address.ipv6.sin6_port = lwip_htons(port);
    inet_pton(AF_INET6, host, &place.address.ipv6.sin6_addr);
  } else {
    place.address.ipv4.sin_family = AF_INET;
    place.address.ipv4.sin_port = lwip_htons(port);
    inet_pton(AF_INET, host, &place.address.ipv4.sin_addr);
  }
  return place;
}

static socklen_t length_of(const struct place *place) {
  return place->family == AF_INET6 ? sizeof place->address.ipv6 : sizeof place->address.ipv4;
}

/* 0 when everything was taken. */
static int put(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t taken = lwip_write(fd, bytes, count);
    if (taken <= 0) return -1;
    bytes += taken;
    count -= taken;
  }
  return 0;
}

static void echo(int fd, char *buffer) {
  ssize_t count;
  while ((count = lwip_read(fd, buffer, CHUNK)) > 0)
    if (put(fd, buffer, count) != 0) break;
}

static void bench(int fd, char *buffer) {
  int on = 1;
  char command = 0;
  uint64_t total = 0;
  ssize_t count;
  lwip_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (lwip_read(fd, &command, 1) != 1) return;
  if (command == 'S') {
    while ((count = lwip_read(fd, buffer, CHUNK)) > 0) total += count;
    put(fd, (char *)&total, sizeof total);
  } else if (command == 'R') {
    while (put(fd, buffer, CHUNK) == 0) continue;
  } else {
    echo(fd, buffer);
  }
}

/* Whoever closes with octets unread resets. */
static void reset(int fd, char *buffer) {
  lwip_read(fd, buffer, 1);
}

struct work {
  void (*serve)(int, char *);
  int fd;
};

static void *serve_one(void *argument) {
  struct work work = *(struct work *)argument;
  char *buffer = calloc(1, CHUNK);
  free(argument);
  work.serve(work.fd, buffer);
  lwip_close(work.fd);
  free(buffer);
  return NULL;
}

static void run(void *(*function)(void *), void (*serve)(int, char *), int fd) {
  pthread_t thread;
  struct work *work = malloc(sizeof *work);
  work->serve = serve;
  work->fd = fd;
  if (pthread_create(&thread, NULL, function, work) != 0) fail("thread");
  pthread_detach(thread);
}

static void *accept_all(void *argument) {
  struct work work = *(struct work *)argument;
  free(argument);
  for (;;) {
    int fd = lwip_accept(work.fd, NULL, NULL);
    if (fd >= 0) run(serve_one, work.serve, fd);
  }
  return NULL;
}

/* For both families. */
static void listen_at(int port, void (*serve)(int, char *)) {
  struct place place = place_of("::", port);
  int fd = lwip_socket(place.family, SOCK_STREAM, 0);
  if (fd < 0 || lwip_bind(fd, &place.address.any, length_of(&place)) != 0 || lwip_listen(fd, 64) != 0) fail("listen");
  run(accept_all, serve, fd);
}

struct sending {
  int fd;
  FILE *from;
};

static void *send_all(void *argument) {
  struct sending *sending = argument;
  char *buffer = malloc(CHUNK);
  size_t count;
  while ((count = fread(buffer, 1, CHUNK, sending->from)) > 0)
    if (put(sending->fd, buffer, count) != 0) break;
  lwip_shutdown(sending->fd, SHUT_WR);
  free(buffer);
  return NULL;
}

static void converse(const char *host, int port, const char *from, const char *to) {
  static char buffer[CHUNK];
  struct place place = place_of(host, port);
  struct sending sending = {.fd = lwip_socket(place.family, SOCK_STREAM, 0), .from = fopen(from, "r")};
  FILE *heard = fopen(to, "w");
  unsigned long total = 0;
  ssize_t count = -1;
  pthread_t sender;
  if (sending.fd < 0 || sending.from == NULL || heard == NULL) fail("connect");
  if (lwip_connect(sending.fd, &place.address.any, length_of(&place)) == 0) {
    pthread_create(&sender, NULL, send_all, &sending);
    while ((count = lwip_read(sending.fd, buffer, CHUNK)) > 0) total += fwrite(buffer, 1, count, heard);
    int why = errno;
    pthread_join(sender, NULL);
    errno = why;
  }
  if (count == 0) printf("done %lu\n", total);
  else printf("failed %d\n", errno);
  lwip_close(sending.fd);
  fclose(sending.from);
  fclose(heard);
}

/* A frame that the device refuses is a frame lost. */
static err_t put_frame(struct netif *netif, struct pbuf *frame) {
  static char flat[2048];
  ssize_t length = pbuf_copy_partial(frame, flat, sizeof flat, 0);
  (void)netif;
  return write(device, flat, length) == length ? ERR_OK : ERR_IF;
}

static err_t put_ipv4(struct netif *netif, struct pbuf *packet, const ip4_addr_t *next) {
  (void)next;
  return put_frame(netif, packet);
}

static err_t put_ipv6(struct netif *netif, struct pbuf *packet, const ip6_addr_t *next) {
  (void)next;
  return put_frame(netif, packet);
}

static void *take_frames(void *nothing) {
  static char flat[2048];
  ssize_t length;
  while ((length = read(device, flat, sizeof flat)) > 0) {
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, length, PBUF_RAM);
    if (frame == NULL) continue;
    pbuf_take(frame, flat, length);
    /* Its own queue may be full: the frame waits, and others behind it in the device. */
    while (card.input(frame, &card) != ERR_OK) usleep(200);
  }
  return nothing;
}

static err_t set_card_up(struct netif *netif) {
  static const u8_t mac[] = {0x02, 0, 0, 0x6c, 0x77, 0x01};
  netif->name[0] = 'p';
  netif->name[1] = '0';
  netif->mtu = 1500;
  netif->linkoutput = put_frame;
  netif->output = is_ethernet ? etharp_output : put_ipv4;
  netif->output_ip6 = is_ethernet ? ethip6_output : put_ipv6;
  if (is_ethernet) {
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->hwaddr_len = sizeof mac;
    netif->flags |= NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
  }
  return ERR_OK;
}

static void begin(void *argument) {
  ip4_addr_t address, mask, none;
  (void)argument;
  ip4addr_aton(addresses[0], &address);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&none, 0, 0, 0, 0);
  if (netif_add(&card, &address, &mask, &none, NULL, set_card_up, tcpip_input) == NULL) fail("card");
  netif_set_default(&card);
  if (is_ethernet) netif_create_ip6_linklocal_address(&card, 1);
  if (addresses[1] != NULL) {
    ip6_addr_t long_address;
    s8_t index;
    ip6addr_aton(addresses[1], &long_address);
    netif_add_ip6_address(&card, &long_address, &index);
    netif_ip6_addr_set_state(&card, index, IP6_ADDR_PREFERRED);
  }
  netif_set_up(&card);
  netif_set_link_up(&card);
  sys_sem_signal(&started);
}

static void open_device(const char *kind, const char *name) {
  struct request request = {.flags = IFF_NO_PI};
  is_ethernet = strcmp(kind, "tap") == 0;
  request.flags |= is_ethernet ? IFF_TAP : IFF_TUN;
  strncpy(request.name, name, sizeof request.name - 1);
  device = open("/dev/net/tun", O_RDWR);
  if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0) fail(name);
}

int main(int count, char **words) {
  char line[2048], host[64], from[1024], to[1024];
  int port;
  pthread_t reader;
  if (count < 4) return 2;
  open_device(words[1], words[2]);
  addresses = words + 3;
  sys_sem_new(&started, 0);
  tcpip_init(begin, NULL);
  sys_sem_wait(&started);
  if (pthread_create(&reader, NULL, take_frames, NULL) != 0) fail("thread");
  listen_at(7, echo);
  listen_at(8, reset);
  listen_at(9000, bench);
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (fgets(line, sizeof line, stdin) != NULL)
    if (sscanf(line, "connect %63s %d %1023s %1023s", host, &port, from, to) == 4) converse(host, port, from, to);
  _exit(0);
}
