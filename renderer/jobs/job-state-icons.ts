// The icons of the states of jobs.
import { Check, CircleAlert, CirclePause, CircleX, Clock, Play, type LucideIcon } from 'lucide-react';
import type { JobState } from '../../electron/contract/api/jobs.ts';

export const JOB_STATE_ICONS: Readonly<Record<JobState, LucideIcon>> = {
  queued: Clock,
  running: Play,
  done: Check,
  failed: CircleAlert,
  cancelled: CircleX,
  interrupted: CirclePause,
};
