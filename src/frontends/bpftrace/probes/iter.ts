// iter: walks over objects of the kernel (tasks, files, maps) once, when the script runs; kernel 5.8. What the program
// prints goes through the kernel's seq_file.

import { nearest, wildcard } from '../../../base/text.ts';
import { typeName } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import { type ListPattern, type Part, type ProbeListing, probeKind } from './kind.ts';
import { hasWildcard, wrongParts } from './parts.ts';

interface Target {
  readonly object: Part;
  readonly pin: string | undefined;
}

/** Each kind of iterator has a context struct of this name in BTF (include/linux/bpf.h, DEFINE_BPF_ITER_FUNC). */
const PREFIX = 'bpf_iter__';
/** The function that makes an iterator attachable: `bpf_iter_task(struct bpf_iter_meta *, ...)`. */
const FUNCTION = 'bpf_iter_';
const shape = { name: 'iter', forms: ['object[:pin]'] };

export const iter = probeKind<Target>({
  ...shape,
  aliases: ['it'],
  doc: 'Walks over all objects of a kind: iter:task, iter:task_file, ...; ctx has the object.',
  kernel: '5.8',
  program: { kind: 'tracing', attachKind: 'trace_iter' },
  space: 'kernel',
  allows: ['ctx', 'path', 'skboutput', 'socket_cookie'],
  returns: 0,
  pidFilter: 'native',
  alone: true,
  parse(input) {
    const [object, pin, ...more] = input.parts;
    if (!object?.text || more.length > 0) return wrongParts(shape, input, '1 or 2');
    if (!hasWildcard(object.text)) return { object, pin: pin?.text || undefined };
    input.diagnostics.error('attach-point', 'iter probes take no wildcards', object.span);
    return undefined;
  },
  match({ object, pin }, env, input) {
    const known = objects(env);
    if (!known.includes(object.text)) {
      const report = input.diagnostics.error(
        'no-iter',
        `iter ${object.text} not available for your kernel version.`,
        object.span,
      );
      const meant = nearest(object.text, known);
      if (meant !== undefined) report.hint(`did you mean '${meant}'?`);
      return [];
    }
    const struct = `struct ${PREFIX}${object.text}`;
    const attach = { kind: 'iter', object: object.text, ...(pin === undefined ? {} : { pin }) } as const;
    return [{ name: `iter:${object.text}`, attach, context: { kind: 'iter', struct, object: object.text } }];
  },
  *list(env, pattern: ListPattern): Generator<ProbeListing> {
    const fits = wildcard(pattern.parts[0] ?? '*');
    for (const object of objects(env)) {
      if (fits(object)) yield { name: `iter:${object}`, args: () => fieldLines(env, object) };
    }
  },
});

/** The iterators of this kernel, sorted. */
function objects(env: Environment): string[] {
  const btf = env.btf();
  if (!btf) return [];
  const names = new Set<string>();
  for (const name of btf.names('struct')) {
    const object = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
    if (object !== '' && btf.find(`${FUNCTION}${object}`, 'func')) names.add(object);
  }
  return [...names].sort();
}

function fieldLines(env: Environment, object: string): string[] {
  const btf = env.btf();
  const struct = btf?.find(`${PREFIX}${object}`, 'struct');
  if (!btf || !struct) return [];
  return btf.members(struct.id).map((member) => `${typeName(btf, member.type)} ${member.name}`);
}
