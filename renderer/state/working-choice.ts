// The choice that is being edited. What is shown is what is stored: each change is stored as another state of the
// choice, and the trail follows it.
import { create } from 'zustand';
import type { SelectionRequest } from '../../electron/contract/api/selections.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { callEngine, callKey, queryClient } from './calls.ts';
import { client } from './client.ts';
import { goOnWithPlan } from './plans.ts';
import { choose, useTrail } from './trail.ts';

/** A change in many small steps is stored once it has stopped for this long. */
const RESTS_AFTER_MS = 300;

/** The successive states of a choice, with the last stored one; null: there is none yet. */
type Line = { stored: number | null };

type WorkingChoice = {
  /** null: nothing has been chosen yet. */
  readonly draft: SelectionRequest | null;
  /** The stored selection that it is, or was changed from; null: none. */
  readonly selectionId: number | null;
  /** The draft is not stored yet. */
  readonly isUnsaved: boolean;
  /** It is only being viewed. */
  readonly isView: boolean;
  /** Why it cannot be stored. */
  readonly error: ErrorData | null;
};

export const useWorkingChoice = create<WorkingChoice>()(() => ({
  draft: null,
  selectionId: null,
  isUnsaved: false,
  isView: false,
  error: null,
}));

let line: Line = { stored: null };
let timer: ReturnType<typeof setTimeout> | undefined;
let lastEditMs = 0;
/** Changes are stored one after the other: each is a state that the user can return to. */
let storing: Promise<void> = Promise.resolve();
let queued: SelectionRequest | null = null;

/** Replaces the choice by a stored one; null: by one that is not stored, and need not be. Earlier changes are stored nevertheless. */
export function takeUpChoice(draft: SelectionRequest, selectionId: number | null): void {
  void saveChoice();
  begin(draft, { stored: selectionId }, false);
}

/** Shows a possible choice, which only becomes a choice when it is used or changed. */
export function viewChoice(draft: SelectionRequest): void {
  takeUpChoice(draft, null);
  useWorkingChoice.setState({ isView: true });
}

/** Makes a choice of a view that is used. If it already is a choice, its unsaved changes are stored. */
export async function keepChoice(): Promise<void> {
  if (useWorkingChoice.getState().isView) useWorkingChoice.setState({ isView: false, isUnsaved: true });
  await saveChoice();
}

/** Returns from a state that cannot be stored to the stored one. */
export function discardEdit(stored: SelectionRequest): void {
  clearTimeout(timer);
  begin(stored, { stored: useWorkingChoice.getState().selectionId }, false);
}

function begin(draft: SelectionRequest, next: Line, isUnsaved: boolean): void {
  line = next;
  useWorkingChoice.setState({ draft, selectionId: next.stored, isUnsaved, isView: false, error: null });
}

/** @param isMoving something is being moved by hand, and will come to rest */
export function editChoice(draft: SelectionRequest, { isMoving = false } = {}): void {
  const isHeld = performance.now() - lastEditMs < RESTS_AFTER_MS && isStep(useWorkingChoice.getState().draft, draft);
  lastEditMs = performance.now();
  // what it was changed from is its first state
  if (useWorkingChoice.getState().isView) void keepChoice();
  useWorkingChoice.setState({ draft, isUnsaved: true, error: null });
  clearTimeout(timer);
  if (isMoving || isHeld) timer = setTimeout(() => void saveChoice(), RESTS_AFTER_MS);
  else void saveChoice();
}

/** Whether only numbers changed: a held button makes many steps. */
function isStep(before: SelectionRequest | null, after: SelectionRequest): boolean {
  const rest = ({ keep: _keep, ...others }: SelectionRequest): string => JSON.stringify(others);
  return before !== null && rest(before) === rest(after);
}

/** Stores what is not stored yet. Never fails: the choice holds the reason why it cannot be stored. */
export async function saveChoice(): Promise<void> {
  clearTimeout(timer);
  const { draft, isUnsaved } = useWorkingChoice.getState();
  if (draft !== null && isUnsaved && draft !== queued) {
    queued = draft;
    const own = line;
    storing = storing.then(() => store(draft, own));
  }
  await storing;
}

async function store(draft: SelectionRequest, own: Line): Promise<void> {
  const isAtHand = (): boolean => own === line;
  const isSeen = (): boolean => isAtHand() && useWorkingChoice.getState().draft === draft;
  try {
    const request = { request: draft, name: '', changedFrom: own.stored };
    const selection = await callEngine('selections.save', request);
    if (own.stored !== null) goOnWithPlan(own.stored, selection.id);
    own.stored = selection.id;
    queryClient.setQueryData(callKey('selections.get', { selectionId: selection.id }), selection);
    if (!isAtHand()) return;
    useWorkingChoice.setState({ selectionId: selection.id, ...(isSeen() && { isUnsaved: false, error: null }) });
    // another run may have been chosen by now
    const { runIds } = useTrail.getState();
    if (draft.runIds.every((id) => runIds.includes(id))) choose({ selectionId: selection.id });
  } catch (error) {
    if (isSeen()) useWorkingChoice.setState({ error: errorToData(error) });
  } finally {
    if (queued === draft) queued = null;
  }
}

/** Stores at once because the page is about to go away: it is too late to wait. */
function storeAtOnce(): void {
  const { draft, isUnsaved } = useWorkingChoice.getState();
  if (draft !== null && isUnsaved) void store(draft, line);
}

/**
 * Starts saving choices: no change is lost when the window closes, or when the engine is restarted. To be called once,
 * before the first rendering.
 * @returns a function that ends it
 */
export function startSavingChoices(): () => void {
  window.addEventListener('pagehide', storeAtOnce);
  const stop = client().onState(({ state }) => {
    if (state === 'running') void saveChoice();
  });
  return () => {
    window.removeEventListener('pagehide', storeAtOnce);
    stop();
  };
}
