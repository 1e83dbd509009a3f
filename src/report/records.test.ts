import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FixtureOptions, fixture, type Value } from '../../test/support/report.ts';
import {
  arrayType,
  INT64,
  memoryOf,
  type RecordDefinition,
  stringType,
  type Type,
  UINT32,
  UINT64,
} from '../image/index.ts';

function both(definition: RecordDefinition, values: readonly Value[], options: FixtureOptions = {}, length?: number) {
  return (['text', 'json'] as const).map((format) => {
    const f = fixture({ ...options, format, records: [definition] });
    f.send(0, values, length);
    return { output: f.output(), errors: f.errors(), asked: f.asked };
  });
}

const outputs = (...parameters: Parameters<typeof both>) => both(...parameters).map(({ output }) => output);

const SCRIPT = 'begin { errorf("Something bad with args: %d, %s", 10, "arg2"); }';
const LOCATION = { source: 0, start: 8, end: 61 };

describe('printing', () => {
  test('values', () => {
    expect(outputs({ kind: 'print', fields: [INT64] }, [5n])).toEqual(['5\n', '{"type": "value", "data": 5}\n']);
  });

  test('time', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'UTC';
    const now = { names: { now: () => 43_200_000_000_000n } };
    expect(outputs({ kind: 'time', format: '%H:%M:%S\n', fields: [] }, [], now)).toEqual([
      '12:00:00\n',
      '{"type": "time", "data": "12:00:00\\n"}\n',
    ]);
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  test('joined strings', () => {
    const fields: Type[] = [UINT32, arrayType(stringType(16), 4)];
    const join = (separator: string): RecordDefinition => ({ kind: 'join', separator, fields });
    expect(outputs(join(','), [2, ['/bin/echo', "'A'"]])).toEqual([
      "/bin/echo,'A'\n",
      '{"type": "join", "data": "/bin/echo,\'A\'"}\n',
    ]);
    expect(outputs(join(' '), [9, ['a', 'b', 'c', 'd']])[0]).toBe('a b c d\n');
    expect(outputs(join(' '), [0, []])[0]).toBe('\n');
    // Only the strings that are used were sent.
    expect(outputs(join(' '), [2, ['a', 'b']], {}, 8 + 32)[0]).toBe('a b\n');
  });

  test('files', () => {
    const cat: RecordDefinition = { kind: 'cat', format: '/proc/%d/stat', fields: [UINT32] };
    const host = { readFile: (path: string, limit: number) => new TextEncoder().encode(`${path} ${limit}\n`) };
    expect(outputs(cat, [7], { host })).toEqual([
      '/proc/7/stat 10240\n',
      '{"type": "cat", "data": "/proc/7/stat 10240\\n"}\n',
    ]);
  });

  test('a file that cannot be read is an error of the run', () => {
    const cat: RecordDefinition = { kind: 'cat', format: '/x', fields: [], location: LOCATION };
    const host = {
      readFile: () => {
        throw new Error('no such file');
      },
    };
    const [text, json] = both(cat, [], { host, script: SCRIPT });
    expect(text).toMatchObject({ output: '' });
    expect(text!.errors).toContain('stdin:1:9-62: ERROR: no such file\n');
    expect(JSON.parse(json!.output)).toMatchObject({ type: 'error', msg: 'no such file', line: 1, col: 9 });
  });

  test('commands', () => {
    const system: RecordDefinition = { kind: 'system', format: 'echo %s', fields: [stringType(8)] };
    expect(outputs(system, ['a'])).toEqual(['ran echo a\n', '{"type": "syscall", "data": "ran echo a\\n"}\n']);
  });

  test('maps', () => {
    const maps = [{ name: '@', value: { kind: 'plain' as const, type: INT64 }, entries: [] }];
    expect(outputs({ kind: 'print-map', map: 0, fields: [UINT64, UINT64] }, [0n, 0n], { maps })).toEqual([
      '@: 0\n',
      '{"type": "map", "data": {"@": 0}}\n',
    ]);
  });
});

describe('asking the session', () => {
  test.each([
    [{ kind: 'exit', fields: [UINT64] }, [3n], 'exit 3'],
    [{ kind: 'clear-map', map: 2, fields: [] }, [], 'clear 2'],
    [{ kind: 'zero-map', map: 1, fields: [] }, [], 'zero 1'],
    [
      { kind: 'packet', file: 'a.pcap', fields: [UINT64, { kind: 'buffer', size: 8 }] },
      [5n, new Uint8Array([1, 2, 3])],
      'packet a.pcap 5 1,2,3',
    ],
  ] as [RecordDefinition, Value[], string][])('%j', (definition, values, asked) => {
    for (const result of both(definition, values)) expect(result).toEqual({ output: '', errors: '', asked: [asked] });
  });
});

describe('messages of the script', () => {
  const message = (stream: 'error' | 'warning'): RecordDefinition => ({
    kind: 'printf',
    format: 'Something bad with args: %d, %s',
    stream,
    fields: [INT64, stringType(8)],
    location: LOCATION,
  });

  test('errorf', () => {
    const [text, json] = both(message('error'), [10n, 'arg2'], { script: SCRIPT });
    expect(text).toMatchObject({ output: '', errors: 'stdin:1:9-62: ERROR: Something bad with args: 10, arg2\n' });
    expect(json).toMatchObject({
      output:
        '{"type": "errorf", "msg": "Something bad with args: 10, arg2", "filename": "stdin", "line": 1, "col": 9}\n',
      errors: '',
    });
  });

  test('warnf, and silence when warnings are not wanted', () => {
    const [text, json] = both(message('warning'), [10n, 'arg2'], { script: SCRIPT });
    expect(text!.errors).toBe('stdin:1:9-62: WARNING: Something bad with args: 10, arg2\n');
    expect(JSON.parse(json!.output).type).toBe('warnf');
    for (const result of both(message('warning'), [10n, 'a'], { warnings: false })) {
      expect(result).toMatchObject({ output: '', errors: '' });
    }
    expect(both(message('error'), [10n, 'a'], { warnings: false })[0]!.errors).not.toBe('');
  });
});

describe('problems of programs', () => {
  const script = 'begin { print(*(int8*)1); }';
  const problem = (helper: string, message = '', severity: 'error' | 'warning' = 'warning'): RecordDefinition => ({
    kind: 'problem',
    helper,
    message,
    severity,
    fields: [INT64],
    location: { source: 0, start: 14, end: 23 },
  });

  test('a helper that failed', () => {
    const [text, json] = both(problem('probe_read_user'), [-14n], { script });
    expect(text!.errors).toBe(
      [
        'stdin:1:15-24: WARNING: Bad address',
        'Additional Info - helper: probe_read_user, retcode: -14',
        script,
        '              ~~~~~~~~~',
        '',
      ].join('\n'),
    );
    expect(json!.output).toBe(
      '{"type": "helper_error", "msg": "Bad address", "helper": "probe_read_user", "retcode": -14, ' +
        '"filename": "stdin", "line": 1, "col": 15}\n',
    );
  });

  test('an operation that made no sense', () => {
    const [text, json] = both(problem('', 'Divide or modulo by 0 detected.'), [0n], { script });
    expect(text!.errors.split('\n')[0]).toBe('stdin:1:15-24: WARNING: Divide or modulo by 0 detected.');
    expect(text!.errors).not.toContain('Additional');
    expect(json!.output).toBe(
      '{"type": "runtime_error", "msg": "Divide or modulo by 0 detected.", "filename": "stdin", "line": 1, "col": 15}\n',
    );
  });

  test.each([
    ['map_update_elem', -7n, /^Map full; can't update element\. Try increasing max_map_keys config/],
    ['map_delete_elem', -2n, /^Can't delete map element because it does not exist\.$/],
    ['map_lookup_elem', 0n, /^Can't lookup map element because it does not exist\.$/],
    ['map_update_elem', -12n, /^Cannot allocate memory$/],
    ['anything', -9999n, /^Unknown error 9999$/],
    ['d_path', -1n, /^Operation not permitted$/],
  ])('%s returned %d', (helper, returned, message) => {
    const [, json] = both(problem(helper), [returned], { script });
    expect(JSON.parse(json!.output).msg).toMatch(message);
  });

  test('warnings are silent when they are not wanted', () => {
    expect(both(problem('a'), [-1n], { warnings: false })[0]!.errors).toBe('');
    expect(both(problem('a', '', 'error'), [-1n], { warnings: false })[0]!.errors).not.toBe('');
  });
});

describe('about the run', () => {
  test('probes that are attached', () => {
    const { report, errors, output } = fixture();
    report.attached(1);
    report.attached(2);
    expect(errors()).toBe('Attached 1 probe\nAttached 2 probes\n');
    expect(output()).toBe('');
    const json = fixture({ format: 'json' });
    json.report.attached(1);
    expect(json.output()).toBe('{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n');
  });

  test('events that were lost', () => {
    const { report, errors } = fixture();
    report.lost(12n);
    expect(errors()).toBe('Lost 12 events\n');
    const json = fixture({ format: 'json' });
    json.report.lost(12n);
    expect(json.output()).toBe('{"type": "lost_events", "count": 12, "data": {"events": 12}}\n');
  });

  test('diagnostics', () => {
    const source = { name: 'stdin', text: 'bad' };
    const diagnostic = {
      code: 'c',
      severity: 'warning',
      message: 'm',
      span: { source, start: 0, end: 3 },
      hints: ['h'],
      related: [],
    } as const;
    const { report, errors } = fixture();
    report.diagnostic(diagnostic);
    expect(errors()).toBe('stdin:1:1-4: WARNING: m\nbad\n~~~\nHINT: h\n');
    const json = fixture({ format: 'json' });
    json.report.diagnostic(diagnostic);
    expect(json.output()).toBe(
      '{"type": "warning", "msg": "m", "code": "c", "hints": ["h"], "filename": "stdin", "line": 1, "col": 1}\n',
    );
    const silent = fixture({ warnings: false });
    silent.report.diagnostic(diagnostic);
    expect(silent.errors()).toBe('');
  });

  test('errors come after what was printed before them', () => {
    const order: string[] = [];
    const f = fixture({ records: [{ kind: 'print', fields: [INT64] }] });
    f.send(0, [1n]);
    f.report.lost(1n);
    order.push(f.output(), f.errors());
    expect(order).toEqual(['1\n', 'Lost 1 events\n']);
  });
});

describe('records that are shorter than their type', () => {
  const print = (format: string, ...fields: Type[]): RecordDefinition => ({
    kind: 'printf',
    format,
    stream: 'out',
    fields,
  });

  test('a string that was sent short was not cut', () => {
    const definition = print('%d %s|\n', UINT32, stringType(64));
    expect(outputs(definition, [1, 'abc'], {}, 8 + 3)[0]).toBe('1 abc|\n');
    expect(outputs(definition, [1, 'abc'], {}, 8 + 4)[0]).toBe('1 abc|\n');
    expect(outputs(definition, [1, ''], {}, 8)[0]).toBe('1 |\n');
    expect(outputs(definition, [1, 'x'.repeat(64)])[0]).toBe(`1 ${'x'.repeat(64)}..|\n`);
  });

  test('a buffer and a stack have what was sent', () => {
    const buffer: Type = { kind: 'buffer', size: 16 };
    expect(outputs(print('%rx', buffer), [new Uint8Array([1, 2, 3])], {}, 8 + 2)[0]).toBe('\\x01\\x02');
    const stack: Type = { kind: 'kstack', mode: 'raw', limit: 8 };
    expect(outputs(print('%s', stack), [[1n, 2n, 3n]], {}, 8 + 8 + 16)[0]).toBe('\n1\n2\n');
  });

  test('anything else reads as zero', () => {
    expect(outputs(print('%d %lld', UINT32, INT64), [7, 9n << 16n], {}, 10)[0]).toBe('7 0');
  });

  test('records of a kind that the image does not have are said once', () => {
    const f = fixture();
    const memory = memoryOf(new ArrayBuffer(16));
    f.report.handle(memory, 0, 16);
    f.report.handle(memory, 0, 2);
    expect(f.errors().match(/ERROR/g)).toHaveLength(1);
  });

  test('no bytes and no length make a report throw', () => {
    const types: Type[] = [
      UINT32,
      stringType(6),
      { kind: 'buffer', size: 5 },
      { kind: 'kstack', mode: 'bpftrace', limit: 2 },
      { kind: 'ustack', mode: 'build_id', limit: 2 },
      { kind: 'usym' },
      { kind: 'inet' },
      { kind: 'timestamp', clock: 'boot', format: '%c %f' },
      { kind: 'cgroup_path', filter: '' },
      arrayType(stringType(3), 2),
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ minLength: 128, maxLength: 128 }),
        fc.integer({ min: 0, max: 120 }),
        fc.constantFrom('text' as const, 'json' as const),
        (fields, bytes, length, format) => {
          const template = `${fields.map(() => '%s').join(' ')}\n`;
          const f = fixture({ format, records: [print(template, ...fields)] });
          const memory = memoryOf(new ArrayBuffer(128));
          memory.u8.set(bytes);
          memory.u32[0] = 0;
          f.report.handle(memory, 0, length);
          const text = f.output();
          if (format === 'json' && text !== '') JSON.parse(text);
        },
      ),
    );
  });
});
