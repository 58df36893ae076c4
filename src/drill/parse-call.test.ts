/** Socket calls in every form: arguments, structures, results, errors and notes. */
import { describe, expect, it } from 'vitest';
import { CALL_NAMES, type CallAction, type CallValue } from './ast.ts';
import { DrillSyntaxError } from './drill-syntax-error.ts';
import { parseDrillScript } from './parse-script.ts';

function call(text: string): CallAction {
  const action = parseDrillScript(`0 ${text}`).events[0]?.action;
  if (action?.kind !== 'call') throw new Error(`not a call: ${text}`);
  return action;
}

/** A value as plain data, without places. */
function plain(value: CallValue | undefined): unknown {
  switch (value?.kind) {
    case undefined:
      return undefined;
    case 'number':
      return value.value;
    case 'word':
      return value.name;
    case 'string':
      return { bytes: value.bytes };
    case 'ellipsis':
      return '...';
    case 'or':
      return { or: value.operands.map(plain) };
    case 'array':
      return value.items.map(plain);
    case 'function':
      return { call: value.name, with: value.arguments.map(plain) };
    case 'structure':
      return {
        members: value.members.map(({ name, size, value: inner }) =>
          size === undefined ? [name, plain(inner)] : [name, plain(size), plain(inner)],
        ),
      };
  }
}

function value(text: string): unknown {
  return plain(call(`write(${text}) = 0`).arguments[0]);
}

describe('values', () => {
  it.each<[string, unknown]>([
    ['3', 3],
    ['-1', -1],
    ['-0', 0],
    ['0x7f', 127],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['AF_INET', 'AF_INET'],
    ['...', '...'],
    ['O_RDWR|O_NONBLOCK', { or: ['O_RDWR', 'O_NONBLOCK'] }],
    ['O_RDWR | 0x800 | -1', { or: ['O_RDWR', 2048, -1] }],
    ['[1]', [1]],
    ['[]', []],
    ['[[1], {}, ...]', [[1], { members: [] }, '...']],
    [
      '{onoff=1, linger=0}',
      {
        members: [
          ['onoff', 1],
          ['linger', 0],
        ],
      },
    ],
    [
      '{..., 1000}',
      {
        members: [
          [undefined, '...'],
          [undefined, 1000],
        ],
      },
    ],
    [
      '{fd=4,events=POLLIN|POLLOUT}',
      {
        members: [
          ['fd', 4],
          ['events', { or: ['POLLIN', 'POLLOUT'] }],
        ],
      },
    ],
    ['inet_addr("192.0.2.1")', { call: 'inet_addr', with: [{ bytes: '192.0.2.1' }] }],
    [
      '{A|B, htons(1)}',
      {
        members: [
          [undefined, { or: ['A', 'B'] }],
          [undefined, { call: 'htons', with: [1] }],
        ],
      },
    ],
    [
      '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}',
      {
        members: [
          ['sa_family', 'AF_INET'],
          ['sin_port', { call: 'htons', with: [8080] }],
          ['sin_addr', { call: 'inet_addr', with: [{ bytes: '192.0.2.1' }] }],
        ],
      },
    ],
    [
      '{msg_name(...)=..., msg_iov(2)=[{..., 10}, {"ab", 2}], msg_flags=MSG_EOR,' +
        ' msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=7}]}',
      {
        members: [
          ['msg_name', '...', '...'],
          [
            'msg_iov',
            2,
            [
              {
                members: [
                  [undefined, '...'],
                  [undefined, 10],
                ],
              },
              {
                members: [
                  [undefined, { bytes: 'ab' }],
                  [undefined, 2],
                ],
              },
            ],
          ],
          ['msg_flags', 'MSG_EOR'],
          [
            'msg_control',
            [
              {
                members: [
                  ['cmsg_level', 'SOL_TCP'],
                  ['cmsg_type', 'TCP_CM_INQ'],
                  ['cmsg_data', 7],
                ],
              },
            ],
          ],
        ],
      },
    ],
  ])('%s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it.each([
    ['"GET /"', 'GET /'],
    ['"a\\x00\\xffb"', 'a\x00\xffb'],
    ['"\\n\\t\\r\\\\\\"\\101\\0"', '\n\t\r\\"A\0'],
    ['"it\'s"', "it's"],
    ['"// # /* none */"', '// # /* none */'],
    ['"é€😀"', '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'],
    ['"\ud800"', '\xef\xbf\xbd'],
  ])('the string %s is bytes', (text, bytes) => {
    expect(value(text)).toEqual({ bytes });
  });

  it('carry their places', () => {
    const { arguments: values } = call('sendmsg(3, {msg_iov(1)=[{..., 5}]}, 0) = 5');
    expect(values.map(({ place }) => place.column)).toEqual([11, 14, 39]);
    const message = values[1];
    expect(message?.kind === 'structure' && message.members[0]?.place.column).toBe(15);
  });
});

describe('calls', () => {
  it.each(CALL_NAMES)('%s is known', (name) => {
    expect(call(`${name}() = 0`)).toMatchObject({ kind: 'call', name, arguments: [] });
  });

  it.each<[string, unknown, string | undefined, string | undefined]>([
    ['= 3', 3, undefined, undefined],
    ['= ?', '...', undefined, undefined],
    ['= 0x802 (flags O_RDWR|O_NONBLOCK)', 0x802, undefined, 'flags O_RDWR|O_NONBLOCK'],
    ['= -1 EAGAIN', -1, 'EAGAIN', undefined],
    ['= -1 EAGAIN (Resource temporarily unavailable)', -1, 'EAGAIN', 'Resource temporarily unavailable'],
    ['= -1 EINPROGRESS (in (deep) progress // still)', -1, 'EINPROGRESS', 'in (deep) progress // still'],
    ['= O_RDWR|O_NONBLOCK', { or: ['O_RDWR', 'O_NONBLOCK'] }, undefined, undefined],
  ])('results: %s', (text, result, errno, note) => {
    const found = call(`fcntl(3, F_GETFL) ${text}\n+0 close(3) = 0`);
    expect([plain(found.result), found.errno, found.note]).toEqual([result, errno, note]);
  });

  it('may run over several lines with comments between', () => {
    expect(
      call('poll([{fd=4, // the child\n events=POLLIN,\n revents=POLLIN}], 1, 0) /* ready */ = 1').arguments,
    ).toHaveLength(3);
  });

  it.each([
    ['close 3', 9, "'(' and the arguments of close"],
    ['close(3', 10, "',' or ')'"],
    ['close(3) 0', 12, "'=' and what close must return"],
    ['close(3) = ', 14, 'a value: '],
    ['close(3) = -1 eagain', 17, 'the name of an error'],
    ['close(3) = -1 EAGAIN EAGAIN', 24, 'a time'],
    ['close(3) = - x', 16, 'a whole number'],
    ['close(A|"b") = 0', 11, 'a whole number or a WORD'],
    ['close({a=1 b}) = 0', 14, "',' or '}'"],
    ['close({a(1,2)=1}) = 0', 10, 'one'],
    ['close(0x) = 0', 9, 'decimal digits'],
    ['close(1.5) = 0', 10, "',' or ')'"],
    ['close(18446744073709551616) = 0', 9, 'less than 2^53'],
    ['close("a\n") = 0', 9, 'on the same line'],
    ['close("\\q") = 0', 10, '\\xHH'],
    ['close(3) = 0 (never', 16, "')'"],
  ])('%j is refused at column %i', (text, column, expected) => {
    let error: unknown;
    try {
      call(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DrillSyntaxError);
    expect(error).toMatchObject({ column, expected: expect.stringContaining(expected) });
  });

  it.each([
    ['close(3,) = 0', 'close(3) = 0'],
    ['write(4, "a" "b"\n\t"c", 3) = 3', 'write(4, "abc", 3) = 3'],
    ['poll([{fd=4, events=POLLIN,},], 1, 0) = 0', 'poll([{fd=4, events=POLLIN}], 1, 0) = 0'],
    ['socket(AF_INET , SOCK_STREAM\t|\r\n SOCK_NONBLOCK,0)=3', 'socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0) = 3'],
    ['close ( 0x3 ) = 0', 'close(3) = 0'],
    ['read(4, /* room */ ..., 1) // one\n = # result\n 1', 'read(4, ..., 1) = 1'],
    [
      'bind(3, {inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0',
      'bind(3, {inet_pton(AF_INET6, "::1", sin6_addr)}, 28) = 0',
    ],
  ])('%j is %j', (text, plain) => {
    const bare = (given: string) => JSON.stringify(call(given), (key, value) => (key === 'place' ? undefined : value));
    expect(bare(text)).toBe(bare(plain));
  });

  it.each([
    'accept(3, NULL, NULL) = 4',
    'accept4(3, NULL, NULL, SOCK_NONBLOCK) = 4',
    'sendto(4, ..., 1, 0, NULL, 0) = 1',
    'recvfrom(4, ..., 1, 0, NULL, NULL) = 1',
    'epoll_ctl(5, EPOLL_CTL_DEL, 4, NULL) = 0',
  ])('%s points nowhere, and nothing is written there', (text) => {
    expect(call(text).arguments.some((value) => value.kind === 'word' && value.name === 'NULL')).toBe(true);
  });

  it.each([
    'read(4, NULL, 1) = -1 EFAULT (Bad address)',
    'bind(3, NULL, 16) = -1',
    'getsockopt(4, SOL_TCP, TCP_NODELAY, NULL, NULL) = -1',
    'epoll_wait(5, NULL, 1, 0) = 0',
  ])('%s is left out', (text) => {
    expect(() => call(text)).toThrow(/'NULL' is not supported/);
  });

  it('an error name without -1 is refused', () => {
    expect(() => call('close(3) = 0 EBADF')).toThrow(/EBADF after a result that is not -1/);
  });

  it('nest 32 levels and no more', () => {
    const nested = (levels: number) => `write(${'['.repeat(levels)}${']'.repeat(levels)}) = 0`;
    expect(() => call(nested(32))).not.toThrow();
    expect(() => call(nested(33))).toThrow(/nested deeper than 32 levels/);
  });
});
