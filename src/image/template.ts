// printf templates as bpftrace reads them: front ends check arguments with them, the report prints with them.

/** One `%...` of a template. Precision and the space flag parse but mean nothing, as upstream. */
export interface Conversion {
  /** The letters that say what is printed: `d`, `s`, `x`, `rh`, `gr`, ... Never `%`. */
  readonly letters: string;
  readonly left: boolean;
  readonly plus: boolean;
  /** `0x` or `0` before hexadecimal and octal numbers. */
  readonly base: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** Bytes of the number that are printed: 1 for hh, 2 for h, 8 for l, ll, j, z, t and 4 without a modifier. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** The conversion as it was written. */
  readonly text: string;
}

/** Text stands for itself; each conversion takes the next argument. */
export type TemplatePart = string | Conversion;

const CONVERSION = /%(-?)(\+?)( ?)(#?)(0?)(\*|\d+)?(?:\.(\*|\d+))?([hlLjzt]*)([diouxXeEfFGaAcspn%]|gr|g|rh|rx|r)/g;

/** Splits a template. A `%` that starts no conversion is text. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let end = 0;
  for (const match of template.matchAll(CONVERSION)) {
    literal += template.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[9] === '%') {
      literal += '%';
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(conversionOf(match));
  }
  literal += template.slice(end);
  if (literal !== '') parts.push(literal);
  return parts;
}

/** The conversions of a template, in order: one for each argument. */
export function conversionsOf(template: string): Conversion[] {
  return parseTemplate(template).filter((part) => typeof part !== 'string');
}

// A width is bounded so that no template can ask for gigabytes of spaces.
const MAX_WIDTH = 4096;

function conversionOf(match: RegExpMatchArray): Conversion {
  const [text, left, plus, , base, zero, width, , modifier, letters] = match;
  return {
    letters: letters!,
    left: left !== '',
    plus: plus !== '',
    base: base !== '',
    zero: zero !== '',
    width: width === undefined || width === '*' ? 0 : Math.min(MAX_WIDTH, Number(width)),
    bytes: modifierBytes(modifier!),
    text,
  };
}

function modifierBytes(modifier: string): 1 | 2 | 4 | 8 {
  if (modifier === '') return 4;
  if (modifier === 'hh') return 1;
  return modifier === 'h' ? 2 : 8;
}
