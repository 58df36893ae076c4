/** nodemailer and smtp-server over virtual hosts: a letter with a large attachment, STARTTLS, a reset in its middle. */
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { makeCertificate, SERVER_NAME } from './certificate.ts';
import {
  content,
  digest,
  failureOf,
  lostFrames,
  MEBIBYTE,
  onVirtualHosts,
  readAll,
  type Stage,
  until,
} from './stage.ts';

const body = content(MEBIBYTE);
const certificate = await makeCertificate();

interface Post {
  readonly transport: Transporter;
  readonly letters: { readonly isSecure: boolean; readonly text: string }[];
  /** Codes of the server's errors. */
  readonly errors: (string | undefined)[];
}

async function open(stage: Stage): Promise<Post> {
  const letters: Post['letters'] = [];
  const errors: Post['errors'] = [];
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    disableReverseLookup: true,
    onData: (stream, session, callback) => {
      readAll(stream).then((letter) => {
        letters.push({ isSecure: session.secure, text: letter.toString('latin1') });
        callback();
      }, callback);
    },
  });
  server.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
  const port = await stage.serve((socket) => server.server.emit('connection', socket));
  const transport = createTransport({
    host: SERVER_NAME,
    port,
    requireTLS: true,
    tls: { ca: certificate.cert, servername: SERVER_NAME },
    getSocket: (_options: unknown, callback: (error: Error | null, socket?: object) => void) => {
      const connection = stage.connect(port);
      connection.once('connect', () => callback(null, { connection }));
    },
  });
  return { transport, letters, errors };
}

function letter(attachment: Buffer): SendMailOptions {
  return {
    from: 'someone@example.org',
    to: 'everyone@example.org',
    subject: 'Greetings',
    text: 'Attached.',
    attachments: [{ filename: 'long.bin', content: attachment }],
  };
}

/** The attachment's octets, out of the letter's base64 lines. */
function attachmentOf(text: string): Buffer {
  const start = text.indexOf('\r\n\r\n', text.indexOf('filename=long.bin')) + 4;
  return Buffer.from(text.slice(start, text.indexOf('\r\n--', start)), 'base64');
}

describe('nodemailer and smtp-server', () => {
  it('a letter with an attachment of a mebibyte arrives whole, enciphered', () =>
    onVirtualHosts(111, async (stage) => {
      const { transport, letters, errors } = await open(stage);
      const info = await transport.sendMail(letter(body));
      expect(info.accepted).toEqual(['everyone@example.org']);
      expect(letters.map(({ text, isSecure }) => [digest(attachmentOf(text)), isSecure])).toEqual([
        [digest(body), true],
      ]);
      expect([lostFrames(stage) > 0, errors]).toEqual([true, []]);
      transport.close();
    }));

  it('a reset in the middle of a letter is told to both, and the next letter arrives', () =>
    onVirtualHosts(112, async (stage) => {
      const { transport, letters, errors } = await open(stage);
      const reset = stage.resetAfter(400_000);
      const error = await failureOf(transport.sendMail(letter(content(8 * MEBIBYTE))));
      expect(error).toMatchObject({ code: 'ESOCKET' });
      expect([reset.hits > 0, letters.length]).toEqual([true, 0]);
      await transport.sendMail(letter(body));
      expect(letters.map(({ text }) => digest(attachmentOf(text)))).toEqual([digest(body)]);
      await until(() => errors.length > 0);
      // Once for the connection and once for TLS above it.
      expect(new Set(errors)).toEqual(new Set(['ECONNRESET']));
      transport.close();
    }));
});
