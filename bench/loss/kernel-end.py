"""One end of a connection of the Linux kernel, driven by lines of JSON: a sender with a named congestion control that samples
tcp_info, or the receiver of every flow, which counts octets. Started inside a network namespace by lane.ts."""
import array
import fcntl
import json
import resource
import select
import socket
import struct
import sys
import time

ROLE, DEVICE = sys.argv[1], sys.argv[2]
CHUNK = 256 * 1024
SIOCETHTOOL = 0x8946
# Numbers of <linux/ethtool.h>: set commands of segmentation and receive merging.
SET_TSO, SET_GSO, SET_GRO = 0x1F, 0x24, 0x2C


def offload_off(device):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in (SET_TSO, SET_GSO, SET_GRO):
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", device.encode(), value.buffer_info()[0]).ljust(40, b"\0")
            try:
                fcntl.ioctl(control, SIOCETHTOOL, request)
            except OSError as error:
                # A device without the feature has nothing to turn off.
                print(f"{device}: {command:#x}: {error}", file=sys.stderr)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


# <linux/tcp.h>, struct tcp_info: eight octets, then 24 words, then as named.
WORDS = (
    "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
    "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans"
).split()


def tcp_info(connection):
    raw = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256).ljust(256, b"\0")
    info = dict(zip(WORDS, struct.unpack_from("=24I", raw, 8)))
    info["ca_state"] = raw[1]
    info["pacing_rate"], _, info["bytes_acked"], _ = struct.unpack_from("=4Q", raw, 104)
    _, _, info["notsent"], info["min_rtt"], _, info["data_segs_out"] = struct.unpack_from("=6I", raw, 136)
    _, info["busy_us"], info["rwnd_limited_us"], info["sndbuf_limited_us"] = struct.unpack_from("=4Q", raw, 160)
    info["dsack_dups"], info["reord_seen"] = struct.unpack_from("=2I", raw, 216)
    info["total_rto"] = struct.unpack_from("=H", raw, 240)[0]
    return info


def sample(info, start):
    return {
        "ms": round((time.monotonic() - start) * 1000),
        "cwnd": info["snd_cwnd"],
        "ssthresh": info["snd_ssthresh"],
        "srttUs": info["rtt"],
        "state": info["ca_state"],
        "inFlight": info["unacked"] - info["sacked"] - info["lost"] + info["retrans"],
        "retransmitted": info["total_retrans"],
        "timeouts": info["total_rto"],
        "ackedBytes": info["bytes_acked"],
        "pacingBps": min(info["pacing_rate"] * 8, 1e12),
    }


def counters():
    """What TCP counts in this namespace, group TcpExt."""
    with open("/proc/net/netstat") as file:
        rows = [line.split() for line in file if line.startswith("TcpExt:")]
    return {name: int(value) for name, value in zip(rows[0][1:], rows[1][1:])}


def send(order):
    cpu = cpu_seconds()
    before = counters()
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, order["control"].encode())
    start = time.monotonic()
    connection.connect((order["address"], order["port"]))
    handshake = time.monotonic() - start
    connection.setblocking(False)
    block = bytes(CHUNK)
    samples, info = [], tcp_info(connection)
    next_sample, end = start, start + order["seconds"] + 2
    try:
        while time.monotonic() < end:
            _, writable, _ = select.select([], [connection], [], 0.02)
            if writable:
                connection.send(block)
            if time.monotonic() >= next_sample:
                next_sample += order["sampleMs"] / 1000
                info = tcp_info(connection)
                samples.append(sample(info, start))
    except (ConnectionResetError, BrokenPipeError):
        pass
    connection.close()
    return {
        "handshakeMs": handshake * 1000,
        "minRttUs": info["min_rtt"],
        "segmentsOut": info["data_segs_out"],
        "retransmitted": info["total_retrans"],
        "timeouts": info["total_rto"],
        "detail": {**info, **{name: value - before[name] for name, value in counters().items()}},
        "samples": samples,
        "cpuSeconds": cpu_seconds() - cpu,
    }


def receive(listener, order):
    cpu = cpu_seconds()
    listener.settimeout(20)
    connection, _ = listener.accept()
    start = time.monotonic()
    end = start + order["seconds"]
    room = bytearray(CHUNK)
    total, series, next_mark = 0, [], start + 0.5
    while True:
        now = time.monotonic()
        while now >= next_mark and next_mark <= end:
            series.append(total)
            next_mark += 0.5
        if now >= end:
            break
        connection.settimeout(max(0.001, min(end, next_mark) - now))
        try:
            count = connection.recv_into(room)
        except TimeoutError:
            continue
        if count == 0:
            break
        if time.monotonic() < end:
            total += count
    # A reset ends the sender at once.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return {"bytes": total, "seconds": order["seconds"], "series": series, "cpuSeconds": cpu_seconds() - cpu}


def main():
    offload_off(DEVICE)
    listener = None
    if ROLE == "receiver":
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", 5001))
        listener.listen(4)
    print(json.dumps({"ready": ROLE}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = send(order) if listener is None else receive(listener, order)
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
