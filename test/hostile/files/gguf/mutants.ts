// Hostile GGUF files: one of the bases, damaged in its structure, in its bytes, by a cut, or as a set of parts.
import { mutateBytes } from '../mutate.ts';
import type { Random } from '../../random.ts';
import { BASES, fileNames, partName, type Base } from './bases.ts';
import { cloneDraft, encodeDraft, keyOf, VALUE, type Draft } from './draft.ts';
import { mutateDraft } from './mutations.ts';

export type Mutant = {
  /** What kind of damage. */
  readonly kind: string;
  /** In words, for whoever looks into a finding. */
  readonly how: string;
  /** By name; all in one folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The name that is opened. */
  readonly open: string;
};

/** The base's files with one of them, chosen by chance, made by `change`. */
function withOneChanged(base: Base, random: Random, change: (draft: Draft) => Buffer): Pick<Mutant, 'files' | 'open'> {
  const names = fileNames(base);
  const chosen = random.below(names.length);
  const files = base.parts.map(
    (part, i) => [names[i]!, i === chosen ? change(cloneDraft(part)) : encodeDraft(part).bytes] as const,
  );
  return { files: new Map(files), open: names[0]! };
}

const SPLIT = BASES.filter(({ parts }) => parts.length > 1);
const WHOLE = BASES.filter(({ parts }) => parts.length === 1);

/** Each may change the files and returns the name to open; null: the first. */
const PARTS: readonly ((files: Map<string, Buffer>, base: Base, random: Random) => string | null)[] = [
  function missing(files, base, random) {
    files.delete(random.pick(fileNames(base)));
    return random.pick(fileNames(base));
  },
  function foreign(files, base, random) {
    files.set(random.pick(fileNames(base)), encodeDraft(random.pick(WHOLE).parts[0]!).bytes);
    return null;
  },
  function foreignOfItsKind(files, base, random) {
    const other = random.pick(SPLIT.filter((candidate) => candidate !== base));
    const part = random.below(base.parts.length);
    files.set(fileNames(base)[part]!, encodeDraft(other.parts[part]!).bytes);
    return null;
  },
  function swapped(files, base, random) {
    const one = random.pick(fileNames(base));
    const other = random.pick(fileNames(base).filter((name) => name !== one));
    const [first, second] = [files.get(one)!, files.get(other)!];
    files.set(one, second);
    if (random.once(2)) files.set(other, first);
    return null;
  },
  function oneMore(files, base, random) {
    files.set(partName(base.parts.length, base.parts.length), files.get(random.pick(fileNames(base)))!);
    return random.pick([...files.keys()]);
  },
  function empty(files, base, random) {
    files.set(random.pick(fileNames(base)), Buffer.alloc(0));
    return null;
  },
  function renamed(files, _base, random) {
    const count = random.pick([1, 2, 4, 99_999, 0]);
    const bytes = [...files.values()];
    files.clear();
    bytes.forEach((one, part) => files.set(partName(part, count), one));
    return partName(random.below(bytes.length), count);
  },
  function alone(files, base, random) {
    const bytes = files.get(random.pick(fileNames(base)))!;
    files.clear();
    files.set('alone.gguf', bytes);
    return 'alone.gguf';
  },
  function numbers(files, base, random) {
    const part = random.below(base.parts.length);
    const draft = cloneDraft(base.parts[part]!);
    const name = random.pick(['split.no', 'split.count', 'split.tensors.count']);
    draft.keys = draft.keys.filter((key) => key.name.bytes.toString() !== name);
    const type = random.pick([VALUE.u16, VALUE.u16, VALUE.u16, VALUE.i32, VALUE.u32]);
    if (!random.once(4)) draft.keys.push(keyOf(name, type, random.once(2) ? random.edge() : BigInt(random.below(5))));
    files.set(fileNames(base)[part]!, encodeDraft(draft).bytes);
    return null;
  },
  function openedByAnother(_files, base, random) {
    return random.pick(fileNames(base));
  },
];

export function makeMutant(random: Random): Mutant {
  const base = random.pick(BASES);
  const chance = random.below(20);
  if (chance === 0)
    return { kind: 'sound', how: base.name, ...withOneChanged(base, random, (draft) => encodeDraft(draft).bytes) };
  if (chance <= 3) {
    const changed = withOneChanged(base, random, (draft) => mutateBytes(encodeDraft(draft).bytes, random));
    return { kind: 'bytes', how: base.name, ...changed };
  }
  if (chance <= 5) {
    const changed = withOneChanged(base, random, (draft) => {
      const { bytes, sections } = encodeDraft(draft);
      return bytes.subarray(0, Math.max(0, random.pick(sections) + random.between(-1, 1)));
    });
    return { kind: 'cut', how: base.name, ...changed };
  }
  if (chance <= 8) {
    const whole = random.pick(SPLIT);
    const files = new Map(whole.parts.map((part, i) => [fileNames(whole)[i]!, encodeDraft(part).bytes]));
    const mutation = random.pick(PARTS);
    const open = mutation(files, whole, random) ?? fileNames(whole)[0]!;
    return { kind: 'parts', how: mutation.name, files, open };
  }
  let names: string[] = [];
  const changed = withOneChanged(base, random, (draft) => {
    names = mutateDraft(draft, random);
    const { bytes } = encodeDraft(draft);
    return random.once(10) ? mutateBytes(bytes, random) : bytes;
  });
  return { kind: 'structure', how: `${base.name}: ${names.join(', ')}`, ...changed };
}
