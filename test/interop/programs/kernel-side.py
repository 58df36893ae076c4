"""
The Linux kernel as the other side of test/interop/kernel-differential.test.ts. Makes a TUN device in the network namespace
it runs in, plays raw IPv4 packets into it and drives sockets of the kernel, one JSON object per line on standard input:

    {"id": 1, "op": "give", "hex": "4500..."}            -> {"id": 1, "t": 12.3, "result": null}
    {"id": 2, "play": 7, "op": "send", "length": 100}     -> {"id": 2, "t": 13.1, "result": 100}

What the kernel sends is told as {"packet": "4500...", "t": 14.0}; t is in milliseconds of one clock. One thread and one
poll loop: the order of the lines is the order of what happened. Ends, and takes the device with it, when its input ends.
"""
import errno
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
# struct tcp_info starts with tcpi_state.
STATES = ['', 'ESTABLISHED', 'SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSED',
          'CLOSE-WAIT', 'LAST-ACK', 'LISTEN', 'CLOSING']


def open_tun(name, address):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(['ip', 'address', 'add', address, 'dev', name], check=True)
    subprocess.run(['ip', 'link', 'set', name, 'up', 'mtu', '1500', 'txqueuelen', '5000'], check=True)
    # One segment at a time: on the last segment of every piece it hands down in one, the kernel sets PSH for the sake of
    # offload at the receiver; the stack segments by itself.
    subprocess.run(['ip', 'link', 'set', name, 'gso_max_segs', '1'], check=True)
    return fd


def set_kernel(settings):
    """Settings of this namespace only. Returns the names this kernel does not have."""
    missing = []
    for name, value in settings.items():
        try:
            with open('/proc/sys/net/ipv4/' + name, 'w') as file:
                file.write(str(value))
        except OSError:
            missing.append(name)
    return missing


def octets(length):
    return bytes((index * 7 + (index >> 8)) & 255 for index in range(length))


class Play:
    """The sockets of one scenario: at most one listener and one connection."""

    def __init__(self):
        self.listener = None
        self.socket = None

    def listen(self, port, backlog=16, receiveBuffer=0):
        self.listener = self.prepare(port, receiveBuffer)
        self.listener.listen(backlog)

    def connect(self, port, address, remotePort, receiveBuffer=0, **options):
        self.socket = self.prepare(port, receiveBuffer)
        for name, value in options.items():
            self.set(name, value)
        return name_of(self.socket.connect_ex((address, remotePort)))

    def prepare(self, port, receive_buffer):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            # The kernel doubles it for its own book-keeping.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.bind(('10.0.0.1', port))
        return made

    def accept(self):
        self.socket, _ = self.listener.accept()
        self.socket.setblocking(False)

    def closeListener(self):
        self.listener.close()
        self.listener = None

    def send(self, length):
        return self.socket.send(octets(length))

    def sendUrgent(self, length):
        return self.socket.send(octets(length), socket.MSG_OOB)

    def read(self, length):
        return len(self.socket.recv(length))

    def shutdown(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()
        self.socket = None

    def error(self):
        return name_of(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def state(self):
        return STATES[self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]]

    def set(self, name, value):
        tcp = socket.IPPROTO_TCP
        if name == 'noDelay':
            self.socket.setsockopt(tcp, socket.TCP_NODELAY, value)
        elif name == 'cork':
            self.socket.setsockopt(tcp, socket.TCP_CORK, value)
        elif name == 'lingerMs':
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, value // 1000))
        elif name == 'userTimeoutMs':
            self.socket.setsockopt(tcp, socket.TCP_USER_TIMEOUT, value)
        elif name == 'keepAliveMs':
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.socket.setsockopt(tcp, socket.TCP_KEEPIDLE, value // 1000)
            self.socket.setsockopt(tcp, socket.TCP_KEEPINTVL, value // 1000)
            self.socket.setsockopt(tcp, socket.TCP_KEEPCNT, 2)
        else:
            raise ValueError(name)

    def end(self):
        for each in (self.listener, self.socket):
            if each is not None:
                each.close()


def name_of(number):
    if number == errno.EOPNOTSUPP:
        return 'EOPNOTSUPP'  # One number, two names.
    return errno.errorcode[number] if number else None


class Program:
    def __init__(self):
        self.plays = {}
        self.tun = open_tun('ws0', '10.0.0.1/24')
        self.buffer = b''

    def tell(self, **line):
        line['t'] = time.monotonic() * 1000
        os.write(1, (json.dumps(line) + '\n').encode())

    def run(self):
        poll = select.poll()
        poll.register(0, select.POLLIN | select.POLLHUP)
        poll.register(self.tun, select.POLLIN)
        self.tell(ready=True)
        while True:
            # Packets first: what the kernel sent before the next command is told before it.
            ready = [fd for fd, _ in poll.poll()]
            if self.tun in ready:
                self.read_packets()
            if 0 in ready and not self.read_commands():
                return

    def read_packets(self):
        while True:
            try:
                self.tell(packet=os.read(self.tun, 70000).hex())
            except BlockingIOError:
                return

    def read_commands(self):
        chunk = os.read(0, 1 << 20)
        self.buffer += chunk
        *lines, self.buffer = self.buffer.split(b'\n')
        for line in lines:
            self.read_packets()
            self.obey(json.loads(line))
        return len(chunk) > 0

    def obey(self, command):
        number, op = command.pop('id'), command.pop('op')
        play = command.pop('play', None)
        # The time of the command is the one before it: answers may come while it runs.
        started = time.monotonic() * 1000
        try:
            result = self.perform(play, op, command)
        except OSError as error:
            result = name_of(error.errno)
        os.write(1, (json.dumps({'id': number, 'result': result, 't': started}) + '\n').encode())

    def perform(self, play, op, arguments):
        if op == 'give':
            os.write(self.tun, bytes.fromhex(arguments['hex']))
            return None
        if op == 'kernel':
            return set_kernel(arguments['settings'])
        if op == 'end':
            self.plays.pop(play, Play()).end()
            return None
        sockets = self.plays.setdefault(play, Play())
        if op not in ('listen', 'connect', 'accept', 'closeListener') and sockets.socket is None:
            return 'no socket'
        return getattr(sockets, op)(**arguments)


if __name__ == '__main__':
    Program().run()
    sys.exit(0)
