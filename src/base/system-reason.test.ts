import { expect, test } from 'vitest';
import { systemReason } from './system-reason.ts';

const failure = (errno: number, message: string) => Object.assign(new Error(message), { errno });

test.each([
  [failure(-2, "ENOENT: no such file or directory, open '/x'"), 'No such file or directory'],
  [failure(-21, 'EISDIR: illegal operation on a directory, read'), 'Is a directory'],
  [failure(-9999, 'strange'), 'strange'],
  [new Error('something else'), 'something else'],
])('%s', (error, reason) => {
  expect(systemReason(error)).toBe(reason);
});
