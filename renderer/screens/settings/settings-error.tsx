import type { ReactNode } from 'react';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';

/** What went wrong with a change; renders nothing if all is well. */
export function SettingsError({ error }: { readonly error: WinnowError | null }): ReactNode {
  return error && <ErrorPanel error={error.toData()} />;
}
