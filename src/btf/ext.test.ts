import { expect, it } from 'vitest';
import { toHex } from '../base/bytes.ts';
import { encodeFuncInfo, encodeLineInfo } from './ext.ts';

it('writes func_info as bpf(2) takes it', () => {
  const bytes = encodeFuncInfo([
    { instruction: 0, type: 3 },
    { instruction: 258, type: 4 },
  ]);
  expect(toHex(bytes)).toBe('0000000003000000' + '0201000004000000');
});

it('writes line_info as bpf(2) takes it', () => {
  const bytes = encodeLineInfo([{ instruction: 1, file: 2, text: 3, line: 5, column: 7 }]);
  expect(toHex(bytes)).toBe('01000000' + '02000000' + '03000000' + '07140000');
});

it('cuts columns that do not fit', () => {
  const bytes = encodeLineInfo([{ instruction: 0, file: 0, text: 0, line: 2 ** 22 - 1, column: 5000 }]);
  expect(toHex(bytes.subarray(12))).toBe('ffffffff');
});

it('refuses records that are not in order', () => {
  const records = [
    { instruction: 4, type: 1 },
    { instruction: 4, type: 2 },
  ];
  expect(() => encodeFuncInfo(records)).toThrow('ascending');
});
