// Cancels the job whose progress is beside it. If a window could show two such buttons for a job, only the nearer one is shown.
import { useEffect, type ComponentProps, type ReactNode } from 'react';
import { create } from 'zustand';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { useCancelJob } from '../state/jobs.ts';

type CancelJobButtonProps = Pick<ComponentProps<typeof Button>, 'icon' | 'size'> & {
  readonly job: JobView;
  readonly label: string;
  /** Label after it was pressed, as a job may take a moment to end. Default: the same label. */
  readonly pressedLabel?: string;
};

/** Jobs whose button is on the screen. */
const useCancellable = create<{ readonly jobIds: readonly number[] }>()(() => ({ jobIds: [] }));

/** Whether the current screen shows the job's progress with the button that cancels it. */
export function useIsOnScreen({ id }: JobView): boolean {
  return useCancellable(({ jobIds }) => jobIds.includes(id));
}

/** The button. Renders nothing for a job of another window or command line, which cannot be cancelled here. */
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
