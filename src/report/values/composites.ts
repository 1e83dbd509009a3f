// Values made of values: arrays, tuples and records.

import { type Field, sizeOf, type TypeOf } from '../../image/index.ts';
import { bitFieldFormat } from './numbers.ts';
import { sequence } from './sequence.ts';
import type { ValueContext, ValueFormat, ValueWriter } from './value.ts';

const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

export function arrayFormat(type: TypeOf<'array'>, context: ValueContext): ValueFormat {
  const element = context.compile(type.element);
  const stride = sizeOf(type.element);
  const listed =
    (write: ValueWriter): ValueWriter =>
    (out, memory, offset, end) => {
      out.byte(OPEN_BRACKET);
      for (let index = 0; index < type.length; index++) {
        if (index > 0) out.byte(COMMA);
        write(out, memory, offset + index * stride, end);
      }
      out.byte(CLOSE_BRACKET);
    };
  return { text: listed(element.text), json: listed(element.json) };
}

export function tupleFormat(type: TypeOf<'tuple'>, context: ValueContext): ValueFormat {
  const fields = type.fields.map((field) => ({ offset: field.offset, format: fieldFormat(field, context) }));
  return {
    text: sequence(
      fields.map(({ offset, format }) => ({ label: '', offset, write: format.text })),
      { open: '(', separator: ', ', close: ')' },
    ),
    json: sequence(
      fields.map(({ offset, format }) => ({ label: '', offset, write: format.json })),
      { open: '[', separator: ',', close: ']' },
    ),
  };
}

export function recordFormat(type: TypeOf<'record'>, context: ValueContext): ValueFormat {
  const fields = type.fields.map((field) => ({ ...field, format: fieldFormat(field, context) }));
  const empty = fields.length === 0;
  return {
    text: sequence(
      fields.map(({ name, offset, format }) => ({
        label: name === '' ? '' : `.${name} = `,
        offset,
        write: format.text,
      })),
      { open: empty ? '{' : '{ ', separator: ', ', close: empty ? '}' : ' }' },
    ),
    json: sequence(
      fields.map(({ name, offset, format }) => ({ label: `${JSON.stringify(name)}: `, offset, write: format.json })),
      { open: '{', separator: ', ', close: '}' },
    ),
  };
}

/** A tuple that is a map key: its parts without the parentheses. */
export function keyFormat(type: TypeOf<'tuple'>, separator: string, context: ValueContext): ValueWriter {
  const parts = type.fields.map((field) => ({
    label: '',
    offset: field.offset,
    write: fieldFormat(field, context).text,
  }));
  return sequence(parts, { open: '', separator, close: '' });
}

function fieldFormat(field: Field, context: ValueContext): ValueFormat {
  return field.bits ? bitFieldFormat(field) : context.compile(field.type);
}
