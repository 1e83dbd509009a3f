// The rules of every kind of program that can be verified, by name.

import { networkRules } from './network.ts';
import type { ProgramRules } from './program-rules.ts';
import { skbRules } from './skb.ts';
import { tracingRules } from './tracing.ts';

const byKind = new Map<string, ProgramRules>(
  [...skbRules, ...tracingRules, ...networkRules].map((rules) => [rules.kind, rules]),
);

/** The rules of a kind, or undefined for kinds whose contexts only the BTF of a kernel describes. */
export function programRules(kind: string): ProgramRules | undefined {
  return byKind.get(kind);
}
