/** The values a function is called with, given to its parameters: by place, by name, by `*` and `**`, else the standard value. */
import type { Place } from '../place.ts';
import type { CodeParameter, FunctionTree } from './code-tree.ts';
import { type CodeValue, failCode, tupleOf } from './code-values.ts';

/** @param standardOf the value a parameter has when none is given; undefined: there is none */
export function bindArguments(
  { name, parameters }: FunctionTree,
  values: readonly CodeValue[],
  named: ReadonlyMap<string, CodeValue>,
  place: Place,
  standardOf: (parameter: CodeParameter) => CodeValue | undefined,
): Map<string, CodeValue> {
  const variables = new Map<string, CodeValue>();
  const left = new Map(named);
  const byPlace = parameters.filter(({ kind }) => kind === 'plain');
  const rest = parameters.find(({ kind }) => kind === 'rest');
  if (values.length > byPlace.length && rest === undefined)
    failCode(place, `${name} takes ${byPlace.length} arguments, got ${values.length}`);
  for (const parameter of parameters) {
    const { kind } = parameter;
    if (kind === 'rest') variables.set(parameter.name, tupleOf(values.slice(byPlace.length)));
    if (kind === 'rest' || kind === 'names') continue;
    const index = byPlace.indexOf(parameter);
    const given = index >= 0 && index < values.length ? values[index] : left.get(parameter.name);
    if (index < 0 || index >= values.length) left.delete(parameter.name);
    const value = given === undefined ? standardOf(parameter) : given;
    if (value === undefined) failCode(place, `${name} is called without ${parameter.name}`);
    else variables.set(parameter.name, value);
  }
  const names = parameters.find(({ kind }) => kind === 'names');
  const [stranger] = left.keys();
  if (names === undefined && stranger !== undefined)
    failCode(
      place,
      parameters.some((each) => each.name === stranger)
        ? `${name} is given ${stranger} twice`
        : `${name} has no parameter '${stranger}'`,
    );
  if (names !== undefined) {
    const entries = new Map([...left].map(([key, value]) => [`s${key}`, { key: key as CodeValue, value }]));
    variables.set(names.name, { kind: 'dict', entries });
  }
  return variables;
}
