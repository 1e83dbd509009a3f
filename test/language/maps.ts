// Maps and aggregations: assignment, keys, printing, order, loops.

import { begin, type LanguageCase } from './case.ts';

const bar = (count: number, most: number) => '@'.repeat(Math.floor((count / most) * 52)).padEnd(52);
const row = (label: string, count: number, most: number) =>
  `${label.padEnd(16)}${String(count).padStart(8)} |${bar(count, most)}|\n`;

export const mapCases: readonly LanguageCase[] = [
  begin('a scalar map', '@x = 5;', '@x: 5\n'),
  begin('the anonymous map', '@ = 7;', '@: 7\n'),
  begin('a string map', '@s = "abc";', '@s: abc\n'),
  begin('a keyed map', '@x["key"] = 1;', '@x[key]: 1\n'),
  begin('several keys', '@x[1, "a"] = 3;', '@x[1, a]: 3\n'),
  begin('nested tuple keys', '@x[1, (2, 3)] = 4;', '@x[1, (2, 3)]: 4\n'),
  begin('negative keys and values', '@x[-1] = -2;', '@x[-1]: -2\n'),
  begin('integers sort by value', '@x["a"] = 3; @x["b"] = 1; @x["c"] = 2;', '@x[b]: 1\n@x[c]: 2\n@x[a]: 3\n'),
  begin('strings sort by key', '@x[3] = "a"; @x[1] = "c"; @x[2] = "b";', '@x[1]: c\n@x[2]: b\n@x[3]: a\n'),
  begin('maps print by name', '@b = 1; @a = 2;', '@a: 2\n@b: 1\n'),
  begin('a missing key is zero', '@x[1] = 1; print(@x[2]);', '0\n@x[1]: 1\n'),
  begin('tuple values', '@x[1] = (1, "b");', '@x[1]: (1, b)\n'),
  begin('count', '@ = count(); @ = count(); @ = count();', '@: 3\n'),
  begin(
    'sum, min, max, avg',
    '@s = sum(4); @s = sum(2); @l = min(4); @l = min(2); @h = max(4); @h = max(2); @a = avg(4); @a = avg(2);',
    '@a: 3\n@h: 4\n@l: 2\n@s: 6\n',
  ),
  begin(
    'negative sums',
    '@s = sum(-4); @s = sum(1); @m = min(-3); @m = min(2); @a = avg(-4); @a = avg(-2);',
    '@a: -3\n@m: -3\n@s: -3\n',
  ),
  begin('stats', '@ = stats(1); @ = stats(2); @ = stats(3);', '@: { .count = 3, .average = 2, .total = 6 }\n'),
  begin('count by key', '@["a"] = count(); @["b"] = count(); @["a"] = count();', '@[b]: 1\n@[a]: 2\n'),
  begin(
    'hist',
    '@ = hist(-1); @ = hist(2); @ = hist(3); @ = hist(5); @ = hist(20);',
    `@:\n${row('(..., 0)', 1, 2)}${row('[0]', 0, 2)}${row('[1]', 0, 2)}${row('[2, 4)', 2, 2)}${row('[4, 8)', 1, 2)}${row('[8, 16)', 0, 2)}${row('[16, 32)', 1, 2)}\n`,
  ),
  begin('hist by key', '@["k"] = hist(1);', `@[k]:\n${row('[1]', 1, 1)}\n`),
  begin(
    'hist units',
    '@ = hist(1024); @ = hist(1048576);',
    /^@:\n\[1K, 2K\) +1 \|@+\|\n(.*\n)+\[1M, 2M\) +1 \|@+\|\n\n$/,
  ),
  begin(
    'lhist',
    '@ = lhist(-1, 0, 10, 2); @ = lhist(2, 0, 10, 2); @ = lhist(3, 0, 10, 2); @ = lhist(6, 0, 10, 2); @ = lhist(12, 0, 10, 2);',
    `@:\n${row('(..., 0)', 1, 2)}${row('[0, 2)', 0, 2)}${row('[2, 4)', 2, 2)}${row('[4, 6)', 0, 2)}${row('[6, 8)', 1, 2)}${row('[8, 10)', 0, 2)}${row('[10, ...)', 1, 2)}\n`,
  ),
  begin('increments', '@x++; @x++; @y--; @["a"]++;', /^@\[a\]: 1\n@x: 2\n@y: -1\n$/),
  begin('compound assignment', '@x = 5; @x += 3; @x *= 2;', '@x: 16\n'),
  begin('delete a key', '@x[1] = 1; @x[2] = 2; delete(@x, 1);', '@x[2]: 2\n'),
  begin('the old form of delete', '@x[1] = 1; @x[2] = 2; delete(@x[1]);', '@x[2]: 2\n', { errors: /deprecated|^$/ }),
  begin('clear', '@x[1] = 1; clear(@x);', ''),
  begin('zero', '@x[1] = 1; zero(@x);', '@x[1]: 0\n'),
  begin('print a map', '@x[1] = 2; print(@x); clear(@x);', '@x[1]: 2\n'),
  begin('print the top', '@x[1] = 1; @x[2] = 2; @x[3] = 3; print(@x, 2); clear(@x);', '@x[2]: 2\n@x[3]: 3\n'),
  begin('print divided', '@x[1] = 10; @x[2] = 20; print(@x, 0, 10); clear(@x);', '@x[1]: 1\n@x[2]: 2\n'),
  begin('has_key', '@x[1] = 0; print(has_key(@x, 1)); print(has_key(@x, 2)); clear(@x);', 'true\nfalse\n'),
  begin('len', '@x[1] = 1; @x[2] = 1; print(len(@x)); clear(@x);', '2\n', { kernel: '5.13' }),
  begin('a loop over a map', '@x[1] = 10; for ($kv : @x) { printf("%d %d\\n", $kv.0, $kv.1); } clear(@x);', '1 10\n', {
    kernel: '5.13',
  }),
  begin(
    'a loop over pairs',
    '@x["a", 2] = 10; for ($kv : @x) { printf("%s %d %d\\n", $kv.0.0, $kv.0.1, $kv.1); } clear(@x);',
    'a 2 10\n',
    { kernel: '5.13' },
  ),
  begin(
    'a sum over a map',
    '@x[1] = 10; @x[2] = 5; $sum = 0; for ($kv : @x) { $sum += $kv.1; } print($sum); clear(@x);',
    '15\n',
    { kernel: '5.13' },
  ),
  begin(
    'a loop over counts',
    '@c["a"] = count(); @c["a"] = count(); for ($kv : @c) { printf("%s %d\\n", $kv.0, (int64)$kv.1); } clear(@c);',
    'a 2\n',
    { kernel: '5.19' },
  ),
  begin('counts compare', '@ = count(); @ = count(); if (@ > 1) { print("more"); } clear(@);', /^more\n@: 0\n$/, {
    kernel: '5.19',
  }),
  begin('a key of comm', '@[comm] = count();', /^@\[\S+\]: 1\n$/),
  begin('a declared map', '@m[1] = 1;', '@m[1]: 1\n', { script: 'let @m = lruhash(10); begin { @m[1] = 1; }' }),
  begin('tseries is not stable', '@ = tseries(1, 1s, 2); clear(@);', /.*/s, {
    errors: /^stdin:1:13-30: WARNING: Script is using an unstable feature: tseries\n/,
  }),
  begin(
    'a map that is made from itself',
    '@x = @x + 1; @x = @x + 1; @y[1] = @y[1] - 1; print((@x, @y[1])); clear(@y);',
    '(2, -1)\n@x: 2\n',
  ),
  begin('delete takes one key', '@a[1] = 1; @b[1] = 1; delete(@a[1], @b[1]);', '', {
    code: 1,
    errors: /^stdin:1:31-51: ERROR: delete\(\) expects a map without a key, and one key\n/,
  }),
];
