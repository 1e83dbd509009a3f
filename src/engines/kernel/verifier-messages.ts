// What the verifier's sentences mean, for people who do not know the verifier, and what helps. The sentences are those of
// kernel/bpf/verifier.c and its neighbours, 5.10 to 7.2; the first row that matches says it.

import type { Program } from '../../image/index.ts';
import { helperById, helperTitle } from '../../isa/index.ts';

export interface Explanation {
  /** One sentence without a full stop. */
  readonly meaning: string;
  readonly hints: readonly string[];
}

export interface MessageContext {
  readonly program: Program;
  /** Text of the failing instruction. */
  readonly instruction: string | undefined;
}

interface Row {
  readonly pattern: RegExp;
  readonly explain: (match: RegExpExecArray, context: MessageContext) => Explanation;
}

const VERBOSE = 'run with -v to see the whole log of the verifier';

function says(meaning: string, ...hints: readonly string[]): () => Explanation {
  return () => ({ meaning, hints });
}

const rows: readonly Row[] = [
  {
    pattern: /invalid mem access '(?:map_value_or_null|mem_or_null|ptr_\w*or_null_\w*)'/,
    explain: says(
      'a pointer that may be NULL is used before it is compared with NULL',
      'test the result of the lookup before reading through it',
    ),
  },
  {
    pattern: /invalid mem access '(?:inv|scalar)'/,
    explain: says(
      'memory is read through a number, which the kernel only allows through a probe-read helper',
      'read kernel memory with a typed pointer (cast it to a struct) or with str(), buf() or kptr()',
    ),
  },
  {
    pattern: /invalid mem access/,
    explain: says(
      'memory is accessed through a value that is not a pointer to memory that the program may use',
      VERBOSE,
    ),
  },
  {
    pattern: /unbounded memory access|min value is negative|unbounded variable-offset/,
    explain: says(
      'the verifier cannot prove an upper or lower limit of a size or index',
      'limit the value right before its use, for example with & 0xff or an if that compares it',
    ),
  },
  {
    pattern:
      /(?:max|min) value is outside of the allowed memory range|invalid access to map value|invalid access to memory/,
    explain: says(
      'an access may go beyond the end of a map value or buffer',
      'limit the index or size to what the buffer holds',
    ),
  },
  {
    pattern:
      /BPF program is too large|processed (\d+) insns? \(limit|The sequence of (\d+) jumps is too complex|too many (?:states|instructions)/,
    explain: says(
      'the verifier gave up, because the program has too many paths (it looks at one million instructions at most)',
      'use shorter or fewer unrolled loops, fewer conditions in a row, or split the probe into several',
    ),
  },
  {
    pattern: /combined stack size of (\d+) calls is (\d+)|stack size of subprog \d+ is (\d+)|stack depth (\d+) exceeds/,
    explain: says(
      'the program needs more than the 512 bytes of stack that BPF gives it',
      'use fewer or smaller local variables: shorter strings, smaller tuples and keys',
    ),
  },
  {
    pattern:
      /invalid(?: \w+)? stack (?:type|off|read|write|R)|invalid(?: indirect)? (?:read|write|access) (?:from|to|into) stack|invalid (?:read|write) to stack/,
    explain: says('stack memory is used that was not written before or lies outside of the 512 bytes', VERBOSE),
  },
  {
    pattern: /invalid func (\w+)#(\d+)/,
    explain: (match, context) => missingHelper(Number(match[2]), context),
  },
  {
    pattern: /unknown func (\w+)#(\d+)/,
    explain: (match, context) => missingHelper(Number(match[2]), context),
  },
  {
    pattern: /program of this type cannot use helper (\w+)#(\d+)/,
    explain: (match, context) => forbiddenHelper(Number(match[2]), context),
  },
  {
    pattern: /cannot call GPL-restricted function/,
    explain: says('a helper that is called is for programs under the GPL only', 'declare the licence "GPL"'),
  },
  {
    pattern: /helper call is not allowed in probe|sleepable helper/,
    explain: says('a helper that may sleep is called where sleeping is not possible', 'use a sleepable program'),
  },
  {
    pattern: /R0 !read_ok/,
    explain: says('the program ends without a return value', 'set R0 on every path that leads to exit'),
  },
  {
    pattern: /R(\d+) !read_ok/,
    explain: (match) => ({
      meaning: `register R${match[1]} is read before anything was written to it`,
      hints: ['a call destroys R1 to R5; keep what is needed later in R6 to R9 or on the stack'],
    }),
  },
  {
    pattern: /At program exit the register R0 has|R0 has (?:value|smin|unknown)|should have been in \[/,
    explain: says('the program returns a value that its kind of program must not return', 'return 0'),
  },
  {
    pattern: /back-edge|infinite loop detected/,
    explain: says('a loop is not proven to end', 'count with a variable and compare it with a constant, or use unroll'),
  },
  {
    pattern: /unreachable insn/,
    explain: says('there are instructions that no path reaches', VERBOSE),
  },
  {
    pattern: /jump out of range|last insn is not an exit or jmp|call to invalid destination/,
    explain: says('the control flow leaves the program', VERBOSE),
  },
  {
    pattern:
      /unknown opcode|BPF_\w+ uses reserved fields|uses reserved fields|invalid BPF_\w+ insn|invalid bpf_ld_imm64 insn/,
    explain: says(
      'the program has an instruction that this kernel does not know or that is malformed',
      'compile for an older instruction set if the kernel is old',
    ),
  },
  {
    pattern: /invalid bpf_context access/,
    explain: says(
      'a part of the context is read that this kind of program does not have',
      'compare the field and its size with the probe (-lv lists the fields)',
    ),
  },
  {
    pattern: /Unreleased reference|would lead to reference leak|Leaking reference/,
    explain: says(
      'something that was acquired (a ring buffer record, a task, a socket) is not given back on every path',
      VERBOSE,
    ),
  },
  {
    pattern: /cannot pass map_type (\d+) into func (\w+)#(\d+)/,
    explain: (match) => ({
      meaning: `the helper ${match[2]} does not work on this kind of map`,
      hints: [VERBOSE],
    }),
  },
  {
    pattern: /pointer (?:arithmetic|comparison) (?:.*)prohibited|R(\d+) pointer arithmetic|math between .* pointer/,
    explain: says('arithmetic is done on a pointer that must not be changed', 'cast the pointer to uint64 first'),
  },
  {
    pattern: /leaks addr/,
    explain: says('an address of the kernel would leave the kernel, which needs CAP_PERFMON', 'run as root'),
  },
  {
    pattern: /(?:write into map forbidden|cannot write into)/,
    explain: says('memory is written that the program may only read', VERBOSE),
  },
  {
    pattern: /failed to find the address for kernel symbol '(\w+)'/,
    explain: (match) => ({
      meaning: `this kernel does not tell the address of its variable ${match[1]}, because it was built without CONFIG_KALLSYMS_ALL`,
      hints: ['use another way to the same value'],
    }),
  },
  {
    pattern: /loading\/calling other bpf or kernel functions are allowed for CAP_BPF/,
    explain: says('functions need CAP_BPF', 'run as root'),
  },
  {
    pattern:
      /calling kernel function (\S+) is not allowed|cannot find address for kernel function|invalid kernel function btf_id/,
    explain: (match) => ({
      meaning: `the kernel function ${match[1] ?? 'that is called'} may not be called from this kind of program on this kernel`,
      hints: [VERBOSE],
    }),
  },
  {
    pattern:
      /(?:attach_btf_id|target) .* is not a (?:function|tracepoint)|func '(\w+)' .*not (?:found|supported)|Cannot find/,
    explain: says('the function to attach to does not exist or cannot be traced', 'list what there is with -l'),
  },
];

/** What a sentence of the verifier means, or undefined when the table does not know it. */
export function explain(summary: string, context: MessageContext): Explanation | undefined {
  for (const { pattern, explain: say } of rows) {
    const match = pattern.exec(summary);
    if (match) return say(match, context);
  }
  return undefined;
}

function missingHelper(id: number, { program }: MessageContext): Explanation {
  const helper = helperById(id);
  if (!helper) return { meaning: `this kernel has no helper number ${id}`, hints: ['use a newer kernel'] };
  return {
    meaning: `this kernel has no helper ${helperTitle(id)}, or not for programs of kind ${program.kind}`,
    hints: [`${helperTitle(id)} is there since Linux ${helper.since}`],
  };
}

function forbiddenHelper(id: number, { program }: MessageContext): Explanation {
  const helper = helperById(id);
  return {
    meaning: `programs of kind ${program.kind} may not call ${helper ? helperTitle(id) : `helper number ${id}`} on this kernel`,
    hints: [
      ...(helper ? [`${helperTitle(id)} is there since Linux ${helper.since}, for some kinds of program`] : []),
      'use another kind of probe',
    ],
  };
}
