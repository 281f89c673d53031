// Removes a model from the list. Its file stays, but the page cannot bring it back to the list, so it asks.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Confirm } from '../../kit/dialog.tsx';
import { useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';

/**
 * Whether a model was added by hand, or was written by Winnow and has gone. Other models are in folders that are
 * searched, and would be back after the next search.
 */
export function canBeRemoved({ origin, state }: ModelEntry): boolean {
  return origin === 'file' || origin === 'sample' || (origin === 'export' && state === 'unusable');
}

type RemoveModelProps = { readonly model: ModelEntry; readonly onClose: () => void };

export function RemoveModel({ model, onClose }: RemoveModelProps): ReactNode {
  const { t } = useTranslation();
  const remove = useCallMutation('library.remove', { onError: reportFailure });
  return (
    <Confirm
      title={t('models.removeTitle', { model: model.name })}
      confirmLabel={t('models.remove')}
      isOpen
      onConfirm={() => remove.mutate({ modelId: model.id })}
      onClose={onClose}
    >
      <p>{t('models.removeText')}</p>
    </Confirm>
  );
}
