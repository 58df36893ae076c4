/** What each worker runs: a stack on its queue, Node's `net` and `http` on it. */
import { createServer } from 'node:http';
import { Stack } from 'woshou';
import { createNet } from 'woshou/net';
import { DriverHost, SystemRandom, SystemTime, takeTunQueue } from 'woshou/node';

const { device, index, data } = takeTunQueue();
const time = new SystemTime();
const stack = new Stack({ name: `worker ${index}`, random: new SystemRandom(), epochUs: time.epochUs });
const { id } = stack.addInterface({ name: device.name, capabilities: device.capabilities });
stack.addAddress(id, data.address);
const host = new DriverHost({ stack, time });
host.driver.attachDevice(device, id);

const site = createServer((request, response) => {
  response.setHeader('worker', index);
  request.pipe(response);
});
createNet(host)
  .createServer({ allowHalfOpen: true }, (socket) => site.emit('connection', socket))
  .listen(80);
