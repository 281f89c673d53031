import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { Access, hostNames } from '../../../electron/server/access.ts';

/** @throws Error when the token is refused */
function enter(access: Access): { readonly cookie: string; readonly key: string } {
  const redeemed = access.redeem(access.issueToken());
  if (redeemed.answer !== 'accepted') throw new Error(redeemed.answer);
  return { cookie: redeemed.cookie.split(';')[0] ?? '', key: redeemed.key };
}

const request = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage;

describe('the one-time token', () => {
  test('opens once, and its cookie from then on', () => {
    const access = new Access('127.0.0.1');
    const token = access.issueToken();
    const redeemed = access.redeem(token);
    const cookie = redeemed.answer === 'accepted' ? redeemed.cookie : '';
    expect(cookie).toMatch(/^winnow_session_[\da-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(access.redeem(token).answer).toBe('wrong');
    const value = cookie.split(';')[0] ?? '';
    expect(access.hasSession(request({ cookie: `other=1; ${value}` }))).toBe(true);
    expect(access.hasSession(request({ cookie: `${value}x` }))).toBe(false);
    expect(access.hasSession(request({}))).toBe(false);
  });

  test('two servers on one host keep their cookies apart', () => {
    const [a, b] = [new Access('127.0.0.1'), new Access('127.0.0.1')];
    const [cookieOfA, cookieOfB] = [enter(a).cookie, enter(b).cookie];
    expect(cookieOfA.split('=')[0]).not.toBe(cookieOfB.split('=')[0]);
    expect(a.hasSession(request({ cookie: `${cookieOfA}; ${cookieOfB}` }))).toBe(true);
    expect(b.hasSession(request({ cookie: cookieOfA }))).toBe(false);
  });

  test('a new one voids the old one, and leaves the sessions', () => {
    const access = new Access('127.0.0.1');
    const { cookie } = enter(access);
    const old = access.issueToken();
    const token = access.issueToken();
    expect(access.redeem(old).answer).toBe('wrong');
    expect(access.redeem(token).answer).toBe('accepted');
    expect(access.hasSession(request({ cookie }))).toBe(true);
  });

  test('guessing is told so, forgiven after a minute, and keeps the right one from nobody', () => {
    const access = new Access('127.0.0.1');
    const token = access.issueToken();
    for (let i = 0; i < 10; i++) expect(access.redeem(`guess ${i}`, 1000 + i).answer).toBe('wrong');
    expect(access.redeem('guess', 2000).answer).toBe('too-many');
    expect(access.redeem('guess', 62_000).answer).toBe('wrong');
    for (let i = 0; i < 100; i++) access.redeem('guess', 62_001);
    expect(access.redeem(token, 62_002).answer).toBe('accepted');
  });
});

describe('the key', () => {
  const access = new Access('127.0.0.1');
  const [mine, other] = [enter(access), enter(access)];
  const says = (headers: Record<string, string>): boolean => access.hasKey(request(headers));

  test('is asked for beside the cookie of the same session', () => {
    expect(says({ cookie: mine.cookie, 'x-winnow-key': mine.key })).toBe(true);
    expect(says({ cookie: mine.cookie, 'sec-websocket-protocol': `winnow, ${mine.key}` })).toBe(true);
    expect(says({ cookie: mine.cookie })).toBe(false);
    expect(says({ 'x-winnow-key': mine.key })).toBe(false);
    expect(says({ cookie: mine.cookie, 'x-winnow-key': other.key })).toBe(false);
    expect(says({ cookie: mine.cookie, 'sec-websocket-protocol': mine.key })).toBe(false);
  });

  test('is found whatever other cookies somebody put before it', () => {
    const [name = ''] = mine.cookie.split('=');
    const cookie = `${name}=AAAA; ${other.cookie}; ${mine.cookie}`;
    expect(says({ cookie, 'x-winnow-key': mine.key })).toBe(true);
  });
});

test('a token that nobody used is void after a day', () => {
  const access = new Access('127.0.0.1');
  const day = 24 * 3_600_000;
  const [old, young] = [access.issueToken(0), day + 1];
  expect(access.redeem(old, young).answer).toBe('wrong');
  expect(access.redeem(access.issueToken(0), day).answer).toBe('accepted');
});

test('browsers make room for later ones', () => {
  const access = new Access('127.0.0.1');
  const cookies = Array.from({ length: 33 }, () => enter(access).cookie);
  expect(cookies.map((cookie) => access.hasSession(request({ cookie })))).toEqual([
    false,
    ...Array<boolean>(32).fill(true),
  ]);
});

test.each([
  [undefined, true],
  ['document', true],
  ['iframe', false],
  ['image', false],
  ['empty', false],
])('a request for "%s" is a person’s: %s', (destination, isPerson) => {
  const headers = destination === undefined ? {} : { 'sec-fetch-dest': destination };
  expect(new Access('127.0.0.1').isOpenedByPerson(request(headers))).toBe(isPerson);
});

describe('names', () => {
  const access = new Access('gpu-box.lan');
  test.each(['localhost:7341', '127.0.0.1', '[::1]:1', 'gpu-box.lan:9', 'GPU-Box.lan'])('%s is this server', (host) => {
    expect(access.isForUs(request({ host }))).toBe(true);
  });
  test.each([
    'evil.example:7341',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '',
    '169.254.1.1',
    'a b',
    'me@localhost',
    'localhost/x',
    'localhost#.evil.example',
    'localhost.',
  ])('"%s" is not', (host) => expect(access.isForUs(request({ host }))).toBe(false));

  test.each([
    ['FE80:0::1', '[fe80::1]'],
    ['::1', '[::1]'],
    ['GPU-box.lan', 'gpu-box.lan'],
  ])('a server on %s is called %s', (hostname, name) => {
    expect(hostNames(hostname)).toEqual([name]);
    expect(new Access(hostname).isForUs(request({ host: `${name}:7341` }))).toBe(true);
  });

  test('one on all addresses goes by each of them, and by no other', () => {
    const everywhere = new Access('0.0.0.0');
    for (const name of hostNames('0.0.0.0')) expect(everywhere.isForUs(request({ host: `${name}:1` }))).toBe(true);
    expect(hostNames('0.0.0.0')).not.toContain('0.0.0.0');
    expect(everywhere.isForUs(request({ host: 'evil.example' }))).toBe(false);
    expect(everywhere.isForUs(request({ host: '203.0.113.1' }))).toBe(false);
  });

  test('only its own page may ask', () => {
    const host = 'localhost:7341';
    expect(access.isFromOurPage(request({ host, origin: `http://${host}` }))).toBe(true);
    expect(access.isFromOurPage(request({ host }))).toBe(false);
    expect(access.isFromOurPage(request({ host, origin: 'null' }))).toBe(false);
    expect(access.isFromOurPage(request({ host, origin: 'http://localhost:7342' }))).toBe(false);
    expect(access.isFromOurPage(request({ host, origin: 'http://evil.example' }))).toBe(false);
    expect(access.isFromOurPage(request({ host: 'evil.example', origin: 'http://evil.example' }))).toBe(false);
  });
});

describe('a ticket for a download', () => {
  const access = new Access('127.0.0.1');
  const [mine, other] = [enter(access), enter(access)];
  const ticket = access.ticket(request({ cookie: mine.cookie, 'x-winnow-key': mine.key }), 'a file');

  test('is for one file and one session', () => {
    const holds = (cookie: string, id: string, shown: string): boolean =>
      access.hasTicket(request({ cookie }), id, shown);
    expect(holds(mine.cookie, 'a file', ticket)).toBe(true);
    expect(holds(mine.cookie, 'another file', ticket)).toBe(false);
    expect(holds(other.cookie, 'a file', ticket)).toBe(false);
    expect(holds('', 'a file', ticket)).toBe(false);
    for (const shown of ['', mine.key, `${ticket}x`]) expect(holds(mine.cookie, 'a file', shown)).toBe(false);
  });

  test('tells nothing of the key', () => expect(ticket).not.toContain(mine.key.slice(0, 8)));
});
