/** Both ends open actively at the same moment (RFC 9293 section 3.5, figure 7). */
import type { Scene } from '../scene.ts';

export const simultaneousOpen: Scene = {
  id: 'simultaneous-open',
  group: 'opening',
  title: { en: 'Simultaneous open', zh: '同时打开' },
  summary: {
    en: 'Nobody listens; both ends call connect() to each other’s port and their SYNs cross. TCP makes one connection of it, with four segments.',
    zh: '谁也没有监听：双方同时对对方的端口调用 connect()，两个 SYN 在途中交错。TCP 用四个报文段把它们合成一条连接。',
  },
  play(stage) {
    const [a, b] = [stage.host('a'), stage.host('b')];
    stage.link(a, b);
    const left = stage.connect(a, b, 6000, { localPort: 5000 });
    const right = stage.connect(b, a, 5000, { localPort: 6000 });
    stage.until(() => left.stateName === 'ESTABLISHED' && right.stateName === 'ESTABLISHED');
    stage.pass(100);
    const rows = stage.packets();
    const synOnly = rows.filter((row) => row.flags === 'SYN');
    stage.check(
      { en: 'Both sent a SYN, and the SYNs crossed', zh: '双方都发出 SYN，而且在途中交错' },
      synOnly.length === 2 &&
        synOnly.every((row) => row.toState?.before === 'SYN-SENT' && row.toState.after === 'SYN-RECEIVED'),
    );
    stage.check(
      { en: 'Both answered with SYN+ACK of the same number', zh: '双方都以同一个初始序列号的 SYN+ACK 回应' },
      rows.filter((row) => row.flags === 'SYN,ACK').length === 2 &&
        rows.every((row) => row.seqAbsolute !== null && (row.flags !== 'SYN,ACK' || row.seq === 0)),
    );
    stage.check(
      { en: 'One connection, ESTABLISHED at both ends', zh: '只有一条连接，两端都是 ESTABLISHED' },
      a.stack.tcp.connections.size === 1 && b.stack.tcp.connections.size === 1,
    );
    stage.write(left, 'ping');
    stage.until(() => right.readableLength === 4);
    stage.write(right, 'pong');
    stage.until(() => left.readableLength === 4);
    stage.check(
      { en: 'Data goes both ways over it', zh: '数据可以双向传输' },
      stage.read(right) === 'ping' && stage.read(left) === 'pong',
    );
  },
};
