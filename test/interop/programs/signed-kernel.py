"""
The kernel's side of test/interop/signatures.test.ts: a socket whose segments are signed, with MD5 (RFC 2385) or TCP-AO.

    signed-kernel.py serve   md5|ao LOCAL  PEER KEY   echoes one connection on port 179, then prints `echoed N`
    signed-kernel.py connect md5|ao SERVER PEER KEY   sends 200,000 octets to port 179 and prints `same` when they come back
    signed-kernel.py probe   md5|ao LOCAL  PEER KEY   prints `yes`, or why this kernel cannot

KEY `-` sets no key. At its end it prints what the kernel counted under the names given by /proc/net/netstat.
"""
import os
import socket
import struct
import sys
import threading

TCP_MD5SIG = 14
TCP_AO_ADD_KEY = 38
PORT = 179
LENGTH = 200_000


def sockaddr(address):
    if ':' in address:
        packed = struct.pack('=HHI16sI', socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0)
    else:
        packed = struct.pack('=HH4s', socket.AF_INET, 0, socket.inet_aton(address))
    return packed.ljust(128, b'\0')


def sign(made, kind, peer, key):
    octets = key.encode()
    if kind == 'md5':
        # struct tcp_md5sig: address, flags, prefix length, key length, interface, key.
        option = sockaddr(peer) + struct.pack('=BBHI80s', 0, 0, len(octets), 0, octets)
        made.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option)
    else:
        # struct tcp_ao_add: address, algorithm, interface, flags, reserved, prefix, ids, MAC length, key flags, key.
        prefix = 128 if ':' in peer else 32
        option = sockaddr(peer) + struct.pack(
            '=64siIHBBBBBB80s', b'hmac(sha1)', 0, 3, 0, prefix, 84, 61, 12, 0, len(octets), octets)
        made.setsockopt(socket.IPPROTO_TCP, TCP_AO_ADD_KEY, option)


def counted():
    with open('/proc/net/netstat') as file:
        rows = [line.split() for line in file if line.startswith('TcpExt:')]
    values = dict(zip(rows[0], rows[1]))
    names = [name for name in values if name.startswith(('TCPMD5', 'TCPAO'))]
    return ' '.join(f'{name}={values[name]}' for name in names)


def octets():
    return bytes((index * 7 + (index >> 8)) & 255 for index in range(LENGTH))


def serve(made, local):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((local, PORT))
    made.listen(4)
    print('listening', flush=True)
    connection, _ = made.accept()
    total = 0
    while True:
        data = connection.recv(65536)
        if not data:
            break
        connection.sendall(data)
        total += len(data)
    connection.close()
    print(f'echoed {total}', flush=True)


def connect(made, server):
    made.settimeout(10)
    made.connect((server, PORT))
    sent = octets()
    threading.Thread(target=lambda: (made.sendall(sent), made.shutdown(socket.SHUT_WR))).start()
    back = bytearray()
    while True:
        data = made.recv(65536)
        if not data:
            break
        back += data
    print('same' if bytes(back) == sent else f'different: {len(back)} octets', flush=True)


def main():
    what, kind, address, peer, key = sys.argv[1:6]
    made = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if key != '-':
            sign(made, kind, peer, key)
    except OSError as error:
        print(f'setsockopt: {os.strerror(error.errno)}', flush=True)
        return
    if what == 'probe':
        print('yes', flush=True)
        return
    try:
        serve(made, address) if what == 'serve' else connect(made, address)
    except OSError as error:
        print(f'failed: {error}', flush=True)
    print(f'counted {counted()}', flush=True)


main()
