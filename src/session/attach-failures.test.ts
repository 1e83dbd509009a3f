import { describe, expect, test } from 'vitest';
import type { AttachFailure } from '../engines/engine.ts';
import type { AttachPoint, Image } from '../image/index.ts';
import { judgeFailures } from './attach-failures.ts';

function kprobe(symbol: string, selected: boolean): AttachPoint {
  return { kind: 'kprobe', symbol, offset: 0, returns: false, probe: 0, ...(selected && { selected }) };
}

function imageOf(...attach: AttachPoint[]): Image {
  return { programs: [{ attach }] } as unknown as Image;
}

function failure(attach: AttachPoint): AttachFailure {
  return { program: 0, attach, message: 'no', hints: [] };
}

describe('failures to attach', () => {
  const named = kprobe('named', false);
  const [one, other] = [kprobe('one', true), kprobe('other', true)];

  test('what the script names must be there', () => {
    const { fatal, tolerable } = judgeFailures(imageOf(named, one, other), [failure(one), failure(named)]);
    expect(fatal?.attach).toBe(named);
    expect(tolerable.map(({ attach }) => attach)).toEqual([one]);
  });

  test('some of what a pattern selected may be missing', () => {
    const { fatal, tolerable } = judgeFailures(imageOf(named, one, other), [failure(one)]);
    expect(fatal).toBeUndefined();
    expect(tolerable.length).toBe(1);
  });

  test('not all of it', () => {
    const { fatal } = judgeFailures(imageOf(named, one, other), [failure(one), failure(other)]);
    expect(fatal?.attach).toBe(one);
  });

  test('no pattern, one failure', () => {
    expect(judgeFailures(imageOf(named), [failure(named)]).fatal?.attach).toBe(named);
  });
});
