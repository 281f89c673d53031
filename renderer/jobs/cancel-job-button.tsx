// Cancels the job whose progress stands beside it: of the two that a window could show of a job, the nearer one.
import { useEffect, type ComponentProps, type ReactNode } from 'react';
import { create } from 'zustand';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { useCancelJob } from '../state/jobs.ts';

type CancelJobButtonProps = Pick<ComponentProps<typeof Button>, 'icon' | 'size'> & {
  readonly job: JobView;
  readonly label: string;
  /** Once it is pressed, as a job may take a moment to end. Without it the same. */
  readonly pressedLabel?: string;
};

/** Jobs that have a button on the screen. */
const useCancellable = create<{ readonly jobIds: readonly number[] }>()(() => ({ jobIds: [] }));

/** Whether the screen that is shown has the job's progress, and the button that ends it. */
export function useIsOnScreen({ id }: Pick<JobView, 'id'>): boolean {
  return useCancellable(({ jobIds }) => jobIds.includes(id));
}

/** Nothing for a job of another window or command line, which is not this one's to cancel. */
export function CancelJobButton({ job, label, pressedLabel = label, ...look }: CancelJobButtonProps): ReactNode {
  const cancel = useCancelJob();
  const { id, elsewhere } = job;
  useEffect(() => {
    if (elsewhere) return undefined;
    useCancellable.setState(({ jobIds }) => ({ jobIds: [...jobIds, id] }));
    return () => useCancellable.setState(({ jobIds }) => ({ jobIds: jobIds.toSpliced(jobIds.indexOf(id), 1) }));
  }, [id, elsewhere]);
  if (elsewhere) return null;
  const isPressed = cancel.isPending || cancel.isSuccess;
  return (
    <Button {...look} isDisabled={isPressed} onPress={() => cancel.mutate({ jobId: id })}>
      {isPressed ? pressedLabel : label}
    </Button>
  );
}
