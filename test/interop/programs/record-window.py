"""Records how the kernel's congestion window evolves: one flow through a user-space bottleneck between two namespaces.

usage (root): record-window.py CONTROL MBIT RTT_MS QUEUE_PACKETS SECONDS LOSS FILE
Writes, for each change that polling TCP_INFO twice per millisecond sees: milliseconds, segments delivered, snd_cwnd,
snd_ssthresh, ca_state; of a reduction only its first and last. The tables beside test/tables/kernel-window.test.ts were made with it.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
HOME = os.open("/proc/self/ns/net", os.O_RDONLY)
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001
TCP_INFO, TCP_CONGESTION = 11, 13
SENDER, RECEIVER = f"ws{os.getpid()}a", f"ws{os.getpid()}b"


def enter(namespace):
    fd = HOME if namespace is None else os.open("/var/run/netns/" + namespace, os.O_RDONLY)
    if LIBC.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    if namespace is not None:
        os.close(fd)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def tun(namespace, address):
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"t0", IFF_TUN_NO_PI))
    enter(None)
    ip("-n", namespace, "addr", "add", address + "/24", "dev", "t0")
    ip("-n", namespace, "link", "set", "t0", "up", "txqueuelen", "10000")
    return fd


def receive():
    enter(RECEIVER)
    with socket.create_server(("10.77.0.2", 5001)) as server:
        connection, _ = server.accept()
        while connection.recv(1 << 20):
            pass


def send(control, seconds, rows):
    enter(SENDER)
    connection = socket.socket()
    connection.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, control.encode())
    connection.connect(("10.77.0.2", 5001))
    connection.setblocking(False)
    start, last = time.monotonic(), None
    while time.monotonic() - start < seconds:
        try:
            while True:
                connection.send(bytes(1 << 16))
        except BlockingIOError:
            pass
        info = connection.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 256)
        # Offsets of struct tcp_info: tcpi_snd_ssthresh and tcpi_snd_cwnd, tcpi_delivered, tcpi_ca_state.
        ssthresh, cwnd = struct.unpack_from("II", info, 76)
        row = (struct.unpack_from("I", info, 192)[0], cwnd, ssthresh, info[1])
        if row != last:
            rows.append((int((time.monotonic() - start) * 1e3), *row))
        last = row
        time.sleep(0.0005)
    connection.close()


def relay(outward, inward, rate, rtt, queue, loss, seconds):
    """Outward packets pass a drop-tail bottleneck; both ways take half of `rtt`."""
    waiting, count, free, chance, end = [], 0, 0.0, random.Random(1), time.monotonic() + seconds
    while time.monotonic() < end:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, fd, packet = heapq.heappop(waiting)
            os.write(fd, packet)
        timeout = min(0.002, max(0, waiting[0][0] - now)) if waiting else 0.002
        for fd in select.select([outward, inward], [], [], timeout)[0]:
            packet = os.read(fd, 2000)
            now = time.monotonic()
            if packet[0] >> 4 != 4:
                continue
            count += 1
            if fd == inward:
                heapq.heappush(waiting, (now + rtt / 2, count, outward, packet))
            elif (free - now) * rate / 8 <= queue * 1500 and chance.random() >= loss:
                free = max(free, now) + len(packet) * 8 / rate
                heapq.heappush(waiting, (free + rtt / 2, count, inward, packet))


def main():
    control, mbit, rtt_ms, queue, seconds, loss, file = sys.argv[1:8]
    rows = []
    try:
        for namespace in (SENDER, RECEIVER):
            ip("netns", "add", namespace)
        outward, inward = tun(SENDER, "10.77.0.1"), tun(RECEIVER, "10.77.0.2")
        threading.Thread(target=receive, daemon=True).start()
        time.sleep(0.2)
        sender = threading.Thread(target=send, args=(control, float(seconds), rows), daemon=True)
        sender.start()
        relay(outward, inward, float(mbit) * 1e6, float(rtt_ms) / 1e3, int(queue), float(loss), float(seconds) + 0.5)
        sender.join(1)
    finally:
        for namespace in (SENDER, RECEIVER):
            subprocess.run(["ip", "netns", "del", namespace], check=False)
    with open(file, "w", encoding="ascii") as out:
        out.write("ms\tdelivered\tcwnd\tssthresh\tca_state\n")
        for before, row, after in zip([rows[0], *rows], rows, [*rows[1:], rows[-1]]):
            if row[4] < 2 or before[4] != row[4] or after[4] != row[4]:
                out.write("\t".join(map(str, row)) + "\n")


main()
