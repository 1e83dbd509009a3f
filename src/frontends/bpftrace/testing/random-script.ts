// Scripts made at random that the checker must accept: for tests that what compiles also loads.

import fc from 'fast-check';

type Text = fc.Arbitrary<string>;

type Rule = 'number' | 'string' | 'condition' | 'statement' | 'looped';

const leafNumbers = fc.oneof(
  fc.integer({ min: -5, max: 300 }).map((value) => (value < 0 ? `(${value})` : `${value}`)),
  fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String),
  fc.constantFrom(
    'pid',
    'tid',
    'cpu',
    'nsecs',
    'rand',
    'uid',
    'elapsed',
    '$a',
    '$b',
    '$c',
    '@n',
    '$t.0',
    '$t.2',
    'ppid',
  ),
  fc.constantFrom('curtask->pid', 'curtask->mm->map_count', 'curtask->start_time', 'sizeof(struct task_struct)'),
);

const leafStrings = fc.constantFrom(
  '"abc"',
  '""',
  'comm',
  '$s',
  '@s',
  '$t.1',
  'curtask->comm',
  'str(0)',
  'str($a, 20)',
  'pcomm',
);

const casts = fc.constantFrom('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64');
const arithmetic = fc.constantFrom('+', '-', '*', '&', '|', '^', '<<', '>>');
const comparisons = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

function many(separator: string, text: Text, maxLength = 3): Text {
  return fc.array(text, { minLength: 1, maxLength }).map((parts) => parts.join(separator));
}

function join(...parts: (string | Text)[]): Text {
  return fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((all) => all.join(''));
}

const depthIdentifier = fc.createDepthIdentifier();
const choice = (...options: Text[]): Text => fc.oneof({ depthIdentifier, depthSize: 'small', maxDepth: 4 }, ...options);

const { statement } = fc.letrec((tie) => {
  const rule = (name: Rule): Text => tie(name) as Text;
  const number = rule('number');
  const string = rule('string');
  const condition = rule('condition');
  const block = join('{ ', many(' ', rule('statement')), ' }');
  const looped = join('{ ', many(' ', rule('looped')), ' }');
  const key = choice(number, string, join('(', number, ', ', string, ')'));
  return {
    number: choice(
      leafNumbers,
      join('(', number, ' ', arithmetic, ' ', number, ')'),
      // A divisor that is zero and known is refused.
      join('(', number, fc.constantFrom(' / ', ' % '), '($a | ', number, '))'),
      join('(', casts, ')', number),
      join('(', condition, ' ? ', number, ' : ', number, ')'),
      join('@m[', number, ']'),
      join('@p[', number, ', ', string, ']'),
      join('strlen(', string, ')'),
      join('strncmp(', string, ', ', string, ', 3)'),
      join('~', number),
      join('bswap((uint32)', number, ')'),
    ),
    string: choice(leafStrings, join('@w[', number, ']'), join('(', condition, ' ? ', string, ' : ', string, ')')),
    condition: choice(
      join(number, ' ', comparisons, ' ', number),
      join(string, ' ', fc.constantFrom('==', '!='), ' ', string),
      join('(', condition, ' && ', condition, ')'),
      join('(', condition, ' || ', condition, ')'),
      join('!(', condition, ')'),
      join('has_key(@m, ', number, ')'),
      join('strcontains(', string, ', "b")'),
    ),
    looped: choice(
      rule('statement'),
      join('if (', condition, ') { break; }'),
      join('if (', condition, ') { continue; }'),
    ),
    statement: choice(
      join(fc.constantFrom('$a', '$b', '$c', '@n', '@m[1]'), ' = (int64)', number, ';'),
      join(fc.constantFrom('$a', '$b', '$c', '@n'), ' ', fc.constantFrom('+', '-', '*', '|', '^'), '= ', number, ';'),
      join(fc.constantFrom('$a++', '@n--', '@m[cpu]++', '++$b'), ';'),
      join('$s = ', string, ';'),
      join('@s = ', string, ';'),
      join('@m[', number, '] = (int64)', number, ';'),
      join('@w[', number, '] = ', string, ';'),
      join('@p[', number, ', ', string, '] = (int64)', number, ';'),
      join('$t = (', number, ', ', string, ', ', number, ');'),
      join('@t[', number, '] = (', string, ', ', number, ');'),
      join('printf("%d %s %d\\n", ', number, ', ', string, ', ', number, ');'),
      join('printf("%s %s\\n", ', string, ', ', string, ');'),
      join('print((', number, ', ', string, '));'),
      join('@k[kstack(3), ', number, '] = count();'),
      join('@count[', string, '] = count();'),
      join('@h = hist(', number, ');'),
      join('@hk[', number, '] = lhist(', number, ', 0, 100, 10);'),
      join('@stats[', string, ', ', number, '] = stats(', number, ');'),
      join('@min = min(', number, '); @avg[', number, '] = avg(', number, ');'),
      join('delete(@m, ', number, ');'),
      join('if (', condition, ') ', block),
      join('if (', condition, ') ', block, ' else ', block),
      join('if (', condition, ') { return; }'),
      join('unroll(2) ', looped),
      join('for ($i : 0..3) ', looped).map((text) => text.replaceAll('$i', `$i${unique(text)}`)),
      join('for ($i : 0..$a) ', looped).map((text) => text.replaceAll('$i', `$i${unique(text)}`)),
      join('for ($kv : @m) ', looped).map((text) => text.replaceAll('$kv', `$kv${unique(text)}`)),
      join('$x = { let $y = ', number, '; $y }; @n = (int64)$x;').map((text) => `{ ${text} }`),
      fc.constant('clear(@w);'),
      fc.constant('print(@m);'),
      join('@key[', key, '] = 1;').map((text) => text.replace('@key', `@key${unique(text)}`)),
    ),
  };
});

/** A name that is different for every text, as loops inside of loops need. */
function unique(text: string): number {
  let hash = 7;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) >>> 0;
  return hash;
}

const DECLARE = '$a = (int64)0; $b = (int64)1; $c = (int64)2; $s = comm; $t = ((int64)1, str(0), (int64)3); ';

/** What every script does, so that all maps have a type. */
const MAPS =
  'end { @n = (int64)0; @s = str(0); @m[(int64)1] = (int64)1; @w[(int64)1] = str(0); @p[(int64)1, str(0)] = (int64)1; }';

/** A script of one probe. */
export const randomScript: Text = fc
  .tuple(
    fc.constantFrom('begin', 'interval:s:1', 'tracepoint:sched:sched_switch', 'kprobe:vfs_read'),
    many(' ', statement, 6),
  )
  .map(([probe, body]) => `${MAPS}\n${probe} { ${DECLARE}${body} }\n`);
