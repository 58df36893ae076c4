/**
 * A web server and its client in one program, over a simulated network: `serve` as Deno has it, `fetch` as everybody has it.
 *
 * prints:
 * serving on port 80
 * 200 hello from server
 * a line at a time: 1 2 3
 * found after a redirect: http://server/hello
 */
import { Network } from 'woshou/sim';
import { createFetch, serve } from 'woshou/web';

const network = new Network({ seed: 1 });
const client = network.host('client');
const server = network.host('server');
network.link(client, server, { delayMs: 15 });

const running = serve(server, { port: 80, onListen: ({ port }) => console.log('serving on port', port) }, (request) => {
  const { pathname, hostname } = new URL(request.url);
  if (pathname === '/hello') return new Response(`hello from ${hostname}`);
  if (pathname === '/count') return new Response(count(3));
  return Response.redirect('http://server/hello', 302);
});

/** A body that is made as it is read. */
function count(last: number): ReadableStream<Uint8Array> {
  let next = 1;
  return new ReadableStream({
    pull(controller) {
      if (next > last) controller.close();
      else controller.enqueue(new TextEncoder().encode(`${next++} `));
    },
  });
}

const fetch = createFetch(client);
const hello = await fetch('http://server/hello');
console.log(hello.status, await hello.text());
console.log('a line at a time:', (await (await fetch('http://server/count')).text()).trim());
console.log('found after a redirect:', (await fetch('http://server/elsewhere')).url);
fetch.close();
await running.shutdown();
