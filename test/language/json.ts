// `-f json`: one object a line, in bpftrace's wire form.

import { begin, type LanguageCase } from './case.ts';

const options = ['-q', '-f', 'json'];

export const jsonCases: readonly LanguageCase[] = [
  begin('printf', 'printf("test %d", 5);', '{"type": "printf", "data": "test 5"}\n', { options }),
  begin(
    'print a value',
    'print(5); print((1, 2, "string"));',
    '{"type": "value", "data": 5}\n{"type": "value", "data": [1,2,"string"]}\n',
    { options },
  ),
  begin('print a record', 'print((m=2, n=3));', '{"type": "value", "data": {"m": 2, "n": 3}}\n', { options }),
  begin('a scalar map', '@ = 50;', '{"type": "map", "data": {"@": 50}}\n', { options }),
  begin(
    'a keyed map',
    '@map["key1"] = 2; @map["key2"] = 3;',
    '{"type": "map", "data": {"@map": {"key1": 2, "key2": 3}}}\n',
    { options },
  ),
  begin('a tuple key', '@c["bpftrace", 2] = 5;', '{"type": "map", "data": {"@c": {"bpftrace,2": 5}}}\n', { options }),
  begin(
    'stats',
    '@stats = stats(2); @stats = stats(10);',
    '{"type": "stats", "data": {"@stats": {"count": 2, "average": 6, "total": 12}}}\n',
    { options },
  ),
  begin('hist', '@h = hist(2);', '{"type": "hist", "data": {"@h": [{"min": 2, "max": 3, "count": 1}]}}\n', { options }),
  begin(
    'quotes and control characters',
    'printf("a\\"b\\\\c\\td\\n");',
    '{"type": "printf", "data": "a\\"b\\\\c\\td\\n"}\n',
    { options },
  ),
  begin('booleans', 'print((true, false));', '{"type": "value", "data": [true,false]}\n', { options }),
];
