// usdt: the static tracepoints that programs have in notes (sys/sdt.h): provider and name, arguments where the note says.

import { wildcard } from '../../../base/text.ts';
import type { Binary } from '../../../compiler/environment.ts';
import type { UsdtSite } from '../../../elf/index.ts';
import { listedBinaries, targetBinaries } from './binaries.ts';
import { type ListPattern, type Match, type Part, type ProbeListing, probeKind } from './kind.ts';
import { wrongParts } from './parts.ts';

interface Target {
  readonly binary: Part;
  readonly provider: string;
  readonly name: string;
}

const shape = { name: 'usdt', forms: ['binary:[provider:]name'] };

export const usdt = probeKind<Target>({
  ...shape,
  aliases: [],
  doc: 'Static tracepoints of a program or a library, with their arguments as arg0, arg1, ...',
  program: { kind: 'kprobe' },
  space: 'user',
  wildcards: true,
  allows: ['argN', 'func', 'reg', 'usermode', 'ctx', 'uaddr'],
  returns: 0,
  pidFilter: 'native',
  parse(input) {
    const { parts } = input;
    const last = parts[parts.length - 1];
    if (!last?.text || parts.length > 3) return wrongParts(shape, input, '2 or 3');
    if (parts.length > 1)
      return { binary: parts[0]!, provider: parts[2] ? parts[1]!.text || '*' : '*', name: last.text };
    // With a process the binary may be left out: it is that of the process.
    if (input.options.targetPid === undefined) return wrongParts(shape, input, '2 or 3');
    return { binary: { ...last, text: '' }, provider: '*', name: last.text };
  },
  match({ binary, provider, name }, env, input) {
    const fitsProvider = wildcard(provider);
    const fitsName = wildcard(name);
    return targetBinaries('usdt', binary, env, input).flatMap((one) =>
      byProbe(one.usdtProbes())
        .filter(([site]) => fitsProvider(site.provider) && fitsName(site.name))
        .map((sites) => matchOf(one, sites)),
    );
  },
  *list(env, pattern: ListPattern): Generator<ProbeListing> {
    const [path = '', ...rest] = pattern.parts;
    const fits = wildcard(rest.length === 0 ? '*' : rest.join(':'));
    for (const binary of listedBinaries(path, env)) {
      for (const [{ provider, name }] of byProbe(binary.usdtProbes())) {
        if (!fits(`${provider}:${name}`) && !fits(name)) continue;
        yield { name: `usdt:${binary.path}:${provider}:${name}`, args: () => [] };
      }
    }
  },
});

/** The sites of each probe together, in the order of the notes. */
function byProbe(sites: readonly UsdtSite[]): [UsdtSite, ...UsdtSite[]][] {
  const probes = new Map<string, [UsdtSite, ...UsdtSite[]]>();
  for (const site of sites) {
    const key = `${site.provider}:${site.name}`;
    const known = probes.get(key);
    if (known) known.push(site);
    else probes.set(key, [site]);
  }
  return [...probes.values()];
}

function matchOf(binary: Binary, sites: readonly [UsdtSite, ...UsdtSite[]]): Match {
  const [{ provider, name }] = sites;
  return {
    name: `usdt:${binary.path}:${provider}:${name}`,
    attach: { kind: 'usdt', path: binary.path, provider, name },
    context: { kind: 'usdt', sites },
  };
}
