// Hostile GGUF files: one of the bases, damaged in its structure, in its bytes, by a cut, or as a set of parts.
import { mutateBytes } from '../mutate-bytes.ts';
import type { Random } from '../../random.ts';
import { BASES, type Base } from './bases.ts';
import { cloneDraft, encodeDraft, numberKey, VALUE, type Draft } from './draft.ts';
import { mutateDraft } from './mutate-draft.ts';

export type Mutant = {
  /** What kind of damage. */
  readonly kind: 'sound' | 'structure' | 'bytes' | 'cut' | 'parts';
  /** In words, for whoever looks into a finding. */
  readonly how: string;
  /** By name; all in one folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The name that is opened. */
  readonly open: string;
};

const PREFIX = 'model';

function partName(part: number, count: number): string {
  const five = (n: number): string => String(n).padStart(5, '0');
  return `${PREFIX}-${five(part + 1)}-of-${five(count)}.gguf`;
}

function namesOf({ parts }: Base): string[] {
  return parts.length === 1 ? [`${PREFIX}.gguf`] : parts.map((_, part) => partName(part, parts.length));
}

/** The base's files with one of them, chosen by chance, made by `change`. */
function withOneChanged(base: Base, random: Random, change: (draft: Draft) => Buffer): Pick<Mutant, 'files' | 'open'> {
  const names = namesOf(base);
  const chosen = random.below(names.length);
  const files = base.parts.map((part, i): [string, Buffer] => [
    names[i] ?? '',
    i === chosen ? change(cloneDraft(part)) : encodeDraft(part).bytes,
  ]);
  return { files: new Map(files), open: names[0] ?? '' };
}

type PartsMutation = (files: Map<string, Buffer>, base: Base, random: Random) => string;

const SPLIT_NUMBERS: readonly string[] = ['split.no', 'split.count', 'split.tensors.count'];

const SPLIT = BASES.filter(({ parts }) => parts.length > 1);

function twoOf(names: readonly string[], random: Random): [string, string] {
  const one = random.pick(names);
  return [one, random.pick(names.filter((name) => name !== one))];
}

/** Each may change the files; all return the name to open. */
const PARTS: readonly PartsMutation[] = [
  function missing(files, base, random) {
    const names = namesOf(base);
    files.delete(random.pick(names));
    return random.pick(names);
  },
  function foreign(files, base, random) {
    const other = random.pick(BASES.filter(({ parts }) => parts.length === 1));
    files.set(random.pick(namesOf(base)), encodeDraft(other.parts[0]!).bytes);
    return namesOf(base)[0]!;
  },
  function foreignOfItsKind(files, base, random) {
    const other = random.pick(SPLIT.filter((candidate) => candidate !== base));
    const part = random.below(base.parts.length);
    files.set(namesOf(base)[part]!, encodeDraft(other.parts[part]!).bytes);
    return namesOf(base)[0]!;
  },
  function swapped(files, base, random) {
    const [one, other] = twoOf(namesOf(base), random);
    const [first, second] = [files.get(one)!, files.get(other)!];
    files.set(one, second).set(other, first);
    return namesOf(base)[0]!;
  },
  function twice(files, base, random) {
    const [one, other] = twoOf(namesOf(base), random);
    files.set(other, files.get(one)!);
    return namesOf(base)[0]!;
  },
  function oneMore(files, base, random) {
    files.set(partName(base.parts.length, base.parts.length), files.get(random.pick(namesOf(base)))!);
    return random.pick([...files.keys()]);
  },
  function empty(files, base, random) {
    files.set(random.pick(namesOf(base)), Buffer.alloc(0));
    return namesOf(base)[0]!;
  },
  function renamed(files, _base, random) {
    const count = random.pick([1, 2, 4, 99_999, 0]);
    const renamed = [...files.values()];
    files.clear();
    renamed.forEach((bytes, part) => files.set(partName(part, count), bytes));
    return partName(random.below(renamed.length), count);
  },
  function alone(files, base, random) {
    const bytes = files.get(random.pick(namesOf(base)))!;
    files.clear();
    files.set('alone.gguf', bytes);
    return 'alone.gguf';
  },
  function numbers(files, base, random) {
    const part = random.below(base.parts.length);
    const draft = cloneDraft(base.parts[part]!);
    const name = random.pick(SPLIT_NUMBERS);
    draft.keys = draft.keys.filter((key) => key.name.bytes.toString() !== name);
    const type = random.pick([VALUE.u16, VALUE.u16, VALUE.u16, VALUE.i32, VALUE.u32, VALUE.text]);
    const value = random.once(2) ? random.edge() : BigInt(random.below(5));
    if (type !== VALUE.text && !random.once(4)) draft.keys.push(numberKey(name, type, value));
    files.set(namesOf(base)[part]!, encodeDraft(draft).bytes);
    return namesOf(base)[0]!;
  },
  function openedByAnother(_files, base, random) {
    return random.pick(namesOf(base));
  },
];

export function makeMutant(random: Random): Mutant {
  const base = random.pick(BASES);
  switch (random.below(20)) {
    case 0: {
      return { kind: 'sound', how: base.name, ...withOneChanged(base, random, (draft) => encodeDraft(draft).bytes) };
    }
    case 1:
    case 2:
    case 3: {
      const changed = withOneChanged(base, random, (draft) => mutateBytes(encodeDraft(draft).bytes, random));
      return { kind: 'bytes', how: base.name, ...changed };
    }
    case 4:
    case 5: {
      const changed = withOneChanged(base, random, (draft) => {
        const { bytes, sections } = encodeDraft(draft);
        return bytes.subarray(0, Math.max(0, random.pick(sections) + random.between(-1, 1)));
      });
      return { kind: 'cut', how: base.name, ...changed };
    }
    case 6:
    case 7:
    case 8: {
      const whole = random.pick(SPLIT);
      const { files } = withOneChanged(whole, random, (draft) => encodeDraft(draft).bytes);
      const mutation = random.pick(PARTS);
      const set = new Map(files);
      const open = mutation(set, whole, random);
      return { kind: 'parts', how: mutation.name, files: set, open };
    }
    default: {
      let names: string[] = [];
      const changed = withOneChanged(base, random, (draft) => {
        names = mutateDraft(draft, random);
        const { bytes } = encodeDraft(draft);
        return random.once(10) ? mutateBytes(bytes, random) : bytes;
      });
      return { kind: 'structure', how: `${base.name}: ${names.join(', ')}`, ...changed };
    }
  }
}
