import { expect, test } from 'vitest';
import { COUNTERS, type Counter, type Image, type Program } from '../image/index.ts';
import { verdict } from './verdict.ts';

const none = Object.fromEntries(COUNTERS.map((counter) => [counter, 0n])) as Record<Counter, bigint>;
const counters = (changes: Partial<Record<Counter, bigint>>) => ({ ...none, ...changes });

function image(...programs: number[][]): Image {
  return {
    probes: ['begin', 'kprobe:vfs_read', 'kprobe:vfs_write', 'profile:hz:99', 'end'],
    programs: programs.map(
      (attach, index) => ({ name: `p${index}`, attach: attach.map((probe) => ({ probe })) }) as unknown as Program,
    ),
  } as unknown as Image;
}

test('silence means complete', () => {
  expect(verdict(image([0], [1]), [counters({ hits: 5n, filtered: 2n, sent: 3n }), none])).toEqual({
    lost: 0n,
    messages: [],
  });
  expect(verdict(image(), [])).toEqual({ lost: 0n, messages: [] });
});

test('one line with what was missed, how much and where', () => {
  const judged = verdict(image([0], [1, 2], [3]), [
    counters({ mapFailed: 1n }),
    counters({ lost: 10n, faults: 3n }),
    counters({ lost: 32n, cut: 2n }),
  ]);
  expect(judged.lost).toBe(42n);
  expect(judged.messages).toEqual([
    'This run is not complete: 42 events were lost because the ring buffer was full (profile:hz:99: 32, ' +
      'kprobe:vfs_read and 1 more: 10); 1 update of a map failed (begin); 3 reads of memory failed ' +
      '(kprobe:vfs_read and 1 more); 2 strings were cut (profile:hz:99).',
  ]);
});

test('many probes are counted, not listed', () => {
  const [message] = verdict(
    image([0], [1], [2], [3], [4]),
    [5n, 4n, 3n, 2n, 1n].map((faults) => counters({ faults })),
  ).messages;
  expect(message).toContain(
    '15 reads of memory failed (begin: 5, kprobe:vfs_read: 4, kprobe:vfs_write: 3 and 2 more).',
  );
});
