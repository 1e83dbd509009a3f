// From the text of an attach point to its kind and its parts: parameters are put in, the label is known already.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import { wildcard } from '../../../base/text.ts';
import type { AttachPointText } from '../ast.ts';
import type { ScriptOptions } from '../options.ts';
import type { ProbeInput, ProbeKind } from './kind.ts';
import { hasWildcard, splitParts } from './parts.ts';
import { findProbeKind, nearestProbeKind, probeKinds } from './registry.ts';

/** An attach point whose provider is known. */
export interface ReadAttachPoint {
  readonly kind: ProbeKind;
  readonly input: ProbeInput;
  /** The kind is one of several that a wildcard selected, so that it need not make sense of the rest. */
  readonly guessed: boolean;
}

/** Reads the provider of an attach point; more than one kind only where it has a wildcard. Reports what is wrong. */
export function readAttachPoint(
  point: AttachPointText,
  options: ScriptOptions,
  diagnostics: Diagnostics,
): ReadAttachPoint[] {
  const text = substitute(point, options, diagnostics);
  if (text === undefined) return [];
  const colon = text.indexOf(':');
  const provider = colon === -1 ? text : text.slice(0, colon);
  const rest = colon === -1 ? '' : text.slice(colon + 1);
  const parts = colon === -1 ? [] : splitParts(rest, partSpans(point, text, colon + 1));
  const input: ProbeInput = { span: point.span, parts, rest, diagnostics, options };
  if (hasWildcard(provider)) return guessKinds(provider, input);
  const kind = findProbeKind(provider);
  if (kind) return [{ kind, input, guessed: false }];
  unknownProvider(provider, point, diagnostics);
  return [];
}

/** Where the parts stand in the source; the whole attach point when parameters changed its text. */
function partSpans(point: AttachPointText, text: string, at: number): (start: number, end: number) => Span {
  if (text !== point.text) return () => point.span;
  const base = point.span.end - text.length + at;
  return (start, end) => ({ ...point.span, start: base + start, end: base + end });
}

/** The kinds that look names up and whose own name the wildcard fits. */
function guessKinds(provider: string, input: ProbeInput): ReadAttachPoint[] {
  const fits = wildcard(provider.toLowerCase());
  const kinds = probeKinds.filter(({ name, wildcards }) => wildcards && fits(name));
  return kinds.map((kind) => ({ kind, input, guessed: true }));
}

function unknownProvider(provider: string, point: AttachPointText, diagnostics: Diagnostics): void {
  const start = point.span.end - point.text.length;
  const span = { ...point.span, start, end: Math.min(point.span.end, start + Math.max(1, provider.length)) };
  const report = diagnostics.error('unknown-probe', `Invalid probe type: ${provider}`, span);
  const meant = nearestProbeKind(provider);
  if (meant !== undefined) report.hint(`did you mean '${meant}'?`);
  else report.hint(`probe types are ${probeKinds.map((kind) => kind.name).join(', ')}`);
}

/** Replaces `$1` by the first parameter and so on, anywhere in the text. */
function substitute(point: AttachPointText, options: ScriptOptions, diagnostics: Diagnostics): string | undefined {
  let missing: string | undefined;
  const text = point.text.replace(/\$([1-9][0-9]*)/g, (all, digits) => {
    const value = options.positional[Number(digits) - 1];
    if (value === undefined) missing = all;
    return value ?? '';
  });
  if (missing === undefined) return text;
  diagnostics
    .error('missing-parameter', `the attach point needs parameter ${missing}, which was not given`, point.span)
    .hint('parameters stand behind the script on the command line');
  return undefined;
}
