import { describe, expect, it } from 'vitest';
import { messagesOf } from '../testing/scripts.ts';

const old = { kernel: { major: 5, minor: 10, patch: 0 } };

describe('on Linux 5.10', () => {
  it.each([
    ['begin { @[1] = 1; for ($kv : @) { } }', 'ERROR: a loop over a map needs Linux 5.13, and this is 5.10'],
    [
      'begin { for ($i : 0..1000) { } }',
      'ERROR: a loop over a range that is not short needs Linux 5.17, and this is 5.10',
    ],
    ['begin { @ = count(); if (@ > 5) { } }', 'ERROR: count_t as a number needs Linux 5.19, and this is 5.10'],
    ['begin { @[1] = 1; print(len(@)); }', 'ERROR: len needs Linux 5.13, and this is 5.10'],
  ])('%s', (script, message) => {
    expect(messagesOf(script, {}, old)).toContain(message);
  });

  it.each([
    'begin { for ($i : 0..10) { } }',
    'begin { @[pid] = count(); print(@); clear(@); }',
    'begin { unroll(5) { print(1); } }',
  ])('%s is fine', (script) => expect(messagesOf(script, {}, old)).toEqual([]));
});
