// Finds experts that work together, with a sparse non-negative dictionary of routing, and the choice that follows from it.
import { setImmediate } from 'node:timers/promises';
import { uniformAt } from '../../experts/selection/criteria.ts';

export type Dictionary = {
  /** How much each expert takes part in each atom: `[atom][expert of all layers]`; the largest value of an atom is 1. */
  readonly atoms: readonly Float64Array[];
  /** How strong each atom is in each window: `[atom][window]`. */
  readonly codes: readonly Float64Array[];
  /** Relative error ‖X − D·R‖ / ‖X‖. */
  readonly error: number;
};

type DictionarySettings = {
  readonly atoms: number;
  readonly seed: number;
  /** Weight of Σ|R|, in units of the mean of X. */
  readonly sparsity: number;
  readonly steps: number;
};

export const USUAL_DICTIONARY: DictionarySettings = { atoms: 16, seed: 1, sparsity: 0.1, steps: 100 };

const TINY = 1e-12;

/**
 * Learns X ≈ D·R with non-negative entries and sparse R, by multiplicative updates (Lee and Seung, NIPS 2000; with a penalty on
 * the codes, Hoyer 2002). One level of the hierarchy of arXiv 2504.12359. The same seed gives the same result on every machine.
 * @param windows `[nWindows][n]`, sums of gate weights
 * @throws the signal's reason
 */
export async function learnDictionary(
  windows: Float32Array,
  n: number,
  settings: DictionarySettings,
  signal: AbortSignal,
): Promise<Dictionary> {
  const nWindows = windows.length / n;
  const nAtoms = Math.max(1, Math.min(settings.atoms, nWindows));
  const atoms = firstAtoms(windows, n, nAtoms, settings.seed);
  const codes = atoms.map(() => new Float64Array(nWindows).fill(1));
  let whole = 0;
  let square = 0;
  for (const x of windows) {
    whole += x;
    square += x * x;
  }
  const penalty = (settings.sparsity * whole) / Math.max(1, windows.length);
  for (let step = 0; step < settings.steps; step++) {
    signal.throwIfAborted();
    await setImmediate();
    updateCodes(windows, atoms, codes, penalty);
    updateAtoms(windows, atoms, codes);
    rescale(atoms, codes);
  }
  let left = 0;
  for (let w = 0; w < nWindows; w++) {
    for (let i = 0; i < n; i++) {
      let made = 0;
      for (let p = 0; p < nAtoms; p++) made += atoms[p]![i]! * codes[p]![w]!;
      left += (windows[w * n + i]! - made) ** 2;
    }
  }
  return { atoms, codes, error: square > 0 ? Math.sqrt(left / square) : 0 };
}

/**
 * Chooses windows as initial atoms: one drawn with the seed, then always the one least similar to those before, measured by its
 * remainder after projection on the most similar one. Values are raised slightly above zero, since updates never change a zero.
 */
function firstAtoms(windows: Float32Array, n: number, nAtoms: number, seed: number): Float64Array[] {
  const nWindows = windows.length / n;
  const row = (w: number): Float32Array => windows.subarray(w * n, (w + 1) * n);
  const squares = Array.from({ length: nWindows }, (_, w) => row(w).reduce((sum, value) => sum + value * value, 0));
  const left = [...squares];
  const lift = (0.01 * windows.reduce((sum, value) => sum + value, 0)) / Math.max(1, windows.length) + TINY;
  let at = drawn(squares, uniformAt(BigInt(seed), 0));
  return Array.from({ length: nAtoms }, () => {
    const chosen = row(at);
    const atom = Float64Array.from(chosen, (value) => value + lift);
    for (let w = 0; w < nWindows; w++) {
      let dot = 0;
      const other = row(w);
      for (let i = 0; i < n; i++) dot += chosen[i]! * other[i]!;
      left[w] = Math.min(left[w]!, squares[w]! - (squares[at]! > 0 ? dot ** 2 / squares[at]! : 0));
    }
    left[at] = -1;
    at = left.indexOf(Math.max(...left));
    return atom;
  });
}

/** The index at which a share of the total weight is reached. */
function drawn(weights: readonly number[], share: number): number {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  const at = weights.findIndex((weight) => (reached += weight) > share * whole);
  return Math.max(0, at);
}

/** Updates the codes: R ← R · (DᵀX) / (DᵀDR + penalty). */
function updateCodes(windows: Float32Array, atoms: Float64Array[], codes: Float64Array[], penalty: number): void {
  const gram = products(atoms);
  const n = atoms[0]!.length;
  const nWindows = codes[0]!.length;
  const now = new Float64Array(atoms.length);
  for (let w = 0; w < nWindows; w++) {
    const row = windows.subarray(w * n, (w + 1) * n);
    for (let p = 0; p < atoms.length; p++) now[p] = codes[p]![w]!;
    for (let p = 0; p < atoms.length; p++) {
      const atom = atoms[p]!;
      let wanted = 0;
      for (let i = 0; i < n; i++) wanted += atom[i]! * row[i]!;
      let made = 0;
      for (let q = 0; q < atoms.length; q++) made += gram[p]![q]! * now[q]!;
      codes[p]![w] = (now[p]! * wanted) / (made + penalty + TINY);
    }
  }
}

/** Updates the atoms: D ← D · (XRᵀ) / (DRRᵀ). */
function updateAtoms(windows: Float32Array, atoms: Float64Array[], codes: Float64Array[]): void {
  const gram = products(codes);
  const n = atoms[0]!.length;
  const wanted = atoms.map(() => new Float64Array(n));
  for (let w = 0; w < codes[0]!.length; w++) {
    const row = windows.subarray(w * n, (w + 1) * n);
    for (let p = 0; p < atoms.length; p++) {
      const code = codes[p]![w]!;
      const into = wanted[p]!;
      for (let i = 0; i < n; i++) into[i]! += code * row[i]!;
    }
  }
  const now = new Float64Array(atoms.length);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < atoms.length; p++) now[p] = atoms[p]![i]!;
    for (let p = 0; p < atoms.length; p++) {
      let made = 0;
      for (let q = 0; q < atoms.length; q++) made += now[q]! * gram[q]![p]!;
      atoms[p]![i] = (now[p]! * wanted[p]![i]!) / (made + TINY);
    }
  }
}

/** Normalises the atoms, so that large atoms cannot evade the penalty on the codes. */
function rescale(atoms: readonly Float64Array[], codes: readonly Float64Array[]): void {
  atoms.forEach((atom, p) => {
    const largest = atom.reduce((max, value) => Math.max(max, value), TINY);
    const code = codes[p]!;
    for (let i = 0; i < atom.length; i++) atom[i]! /= largest;
    for (let w = 0; w < code.length; w++) code[w]! *= largest;
  });
}

function products(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((a) =>
    Float64Array.from(rows, (b) => {
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
      return sum;
    }),
  );
}

/** The strength of each atom, summed over all windows. */
export function strengths({ codes }: Dictionary): number[] {
  return codes.map((code) => code.reduce((sum, value) => sum + value, 0));
}

/**
 * CAEP's choice (arXiv 2504.12359, algorithm 1) with a quota for each layer. An expert contributes e = Σ over atoms of its part
 * in the atom times the atom's strength. A layer's threshold is chosen so that half of the experts to be dropped lie below it. Then
 * the weakest atoms are left out one by one, until no more experts of all layers than the quota allows reach their thresholds.
 * Layers keep the experts that contribute most through the remaining atoms; ties are broken by the contribution through all atoms.
 * @returns scores for this count only, `[nLayers * nExpert]`
 */
export function contributions(dictionary: Dictionary, nLayers: number, nExpert: number, keep: number): Float64Array {
  const strength = strengths(dictionary);
  const rest = strength.map((_, atom) => atom).sort((a, b) => strength[a]! - strength[b]!);
  const of = (atoms: readonly number[]): Float64Array =>
    Float64Array.from({ length: nLayers * nExpert }, (_, i) =>
      atoms.reduce((sum, atom) => sum + dictionary.atoms[atom]![i]! * strength[atom]!, 0),
    );
  const all = of(rest);
  const thresholds = Array.from({ length: nLayers }, (_, layer) => {
    const sorted = all.slice(layer * nExpert, (layer + 1) * nExpert).sort();
    return sorted[Math.floor((nExpert - keep) / 2)]!;
  });
  let now = all;
  const reached = (): number =>
    now.reduce((count, value, i) => count + (value >= thresholds[Math.floor(i / nExpert)]! ? 1 : 0), 0);
  while (rest.length > 1 && reached() > keep * nLayers) {
    rest.shift();
    now = of(rest);
  }
  const largest = all.reduce((max, value) => Math.max(max, value), TINY);
  const smallest = 1e-9;
  return now.map((value, i) => value + (smallest * all[i]!) / largest);
}
