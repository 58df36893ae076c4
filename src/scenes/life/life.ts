/** A whole life of a connection: ARP, handshake, an HTTP/1.1 exchange, the close, TIME-WAIT to its end. */
import type { Scene } from '../scene.ts';

const REQUEST = 'GET /hello HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n';
const BODY = 'hello, woshou\n';
const RESPONSE = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`;

export const life: Scene = {
  id: 'life',
  group: 'life',
  title: { en: 'The life of a connection', zh: '一条连接的一生' },
  summary: {
    en: 'From the first ARP question to the end of TIME-WAIT: one small web page is fetched over Ethernet, IPv4 and TCP, and every packet is shown.',
    zh: '从第一个 ARP 询问到 TIME-WAIT 结束：通过以太网、IPv4 和 TCP 取回一个小网页，每一个分组都看得见。',
  },
  play(stage) {
    const { client, server } = stage.pair({ link: { medium: 'ethernet' } });
    const listener = stage.listen(server, 80);
    stage.note({
      en: 'The client knows the server’s IP address, but Ethernet needs a hardware address. So it asks first.',
      zh: '客户端知道服务器的 IP 地址，但以太网需要硬件地址，所以要先问一问。',
    });
    const socket = stage.connect(client, server, 80);
    stage.until(() => socket.stateName === 'ESTABLISHED');
    stage.pass(1);
    stage.write(socket, REQUEST);
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    stage.until(() => accepted.readableLength === REQUEST.length);
    const request = stage.read(accepted);
    stage.pass(5);
    stage.write(accepted, RESPONSE);
    stage.until(() => socket.readableLength === RESPONSE.length);
    const response = stage.read(socket);
    stage.check({ en: 'The request arrived as it was written', zh: '请求原样到达服务器' }, request === REQUEST);
    stage.check({ en: 'The page arrived as it was written', zh: '网页原样到达客户端' }, response === RESPONSE);
    stage.pass(100);
    stage.note({
      en: 'The page is there, nothing is left to say. Four segments close the two directions.',
      zh: '网页已经取到，没有别的事了。四次挥手关闭两个方向。',
    });
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.pass(100);
    stage.close(accepted);
    stage.pass(200);
    stage.check(
      { en: 'The server’s end is closed cleanly', zh: '服务器一端正常关闭' },
      accepted.stateName === 'CLOSED' && accepted.error === null,
    );
    stage.check(
      { en: 'The client waits in TIME-WAIT', zh: '客户端在 TIME-WAIT 中等待' },
      client.stack.tcp.timeWaitCount === 1,
    );
    stage.settle();
    stage.check(
      { en: 'After 2 MSL nothing is left of the connection', zh: '2 MSL 之后，这条连接不留任何痕迹' },
      client.stack.tcp.timeWaitCount === 0 &&
        client.stack.tcp.connections.size === 0 &&
        server.stack.tcp.connections.size === 0,
    );
    const rows = stage.packets();
    stage.check(
      { en: 'The first packet was an ARP question', zh: '第一个分组是 ARP 询问' },
      rows[0]?.protocol === 'arp',
    );
    stage.check(
      { en: 'Nothing was lost and nothing was sent twice', zh: '没有丢失，也没有重传' },
      rows.every((row) => row.status === 'delivered' && !row.isRepeat),
    );
  },
};
