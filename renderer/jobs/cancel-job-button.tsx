// Cancels the job whose progress stands beside it.
import type { ComponentProps, ReactNode } from 'react';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { useCancelJob } from '../state/jobs.ts';

type CancelJobButtonProps = Pick<ComponentProps<typeof Button>, 'icon' | 'size'> & {
  readonly job: JobView;
  readonly label: string;
  /** Once it is pressed, as a job may take a moment to end. Without it the same. */
  readonly pressedLabel?: string;
};

/** Nothing for a job of another window or command line, which is not this one's to cancel. */
export function CancelJobButton({ job, label, pressedLabel = label, ...look }: CancelJobButtonProps): ReactNode {
  const cancel = useCancelJob();
  if (job.elsewhere) return null;
  const isPressed = cancel.isPending || cancel.isSuccess;
  return (
    <Button {...look} isDisabled={isPressed} onPress={() => cancel.mutate({ jobId: job.id })}>
      {isPressed ? pressedLabel : label}
    </Button>
  );
}
