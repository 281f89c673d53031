// What is shown as one HTML file.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { asFileName } from '../../kit/file-name.ts';
import { showToast } from '../../kit/toast.tsx';
import { bridge } from '../../state/bridge.ts';
import { callEngine } from '../../state/calls.ts';
import { useTrailExport } from '../../state/trail-items.ts';
import type { Proof } from './use-proof.ts';

type Report = { readonly save: () => void; readonly isBusy: boolean; readonly error: ErrorData | null };

export function useReport({ plan, shownIds }: Proof): Report {
  const { t, i18n } = useTranslation();
  const file = useTrailExport();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const save = async (): Promise<void> => {
    const target = await bridge().pickTarget('report', asFileName(`${plan.modelName}-${plan.name}-report.html`));
    if (target === null) return;
    await callEngine('evaluations.report', {
      planId: plan.id,
      exportId: file?.id ?? null,
      evaluationIds: [...shownIds],
      language: i18n.language,
      target: target.id,
    });
    showToast(t('kit.saved', { name: target.name }));
  };
  return {
    save: () => {
      setBusy(true);
      setError(null);
      save()
        .catch((reason: unknown) => setError(errorToData(reason)))
        .finally(() => setBusy(false));
    },
    isBusy,
    error,
  };
}
