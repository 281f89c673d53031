// Gets a model from the hub: its address, what it is and whether it fits, and then the download. The hub is asked when
// the button is pressed, not while the user types an address.
import { Download } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../electron/contract/api/app.ts';
import type { HubLook } from '../../../electron/contract/api/hub.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { FormDialog } from '../../kit/dialog.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { TextField } from '../../kit/text-field.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useContextLength, useSettingsPart } from '../../state/settings.ts';
import { chooseModel } from './chosen-model.ts';

const pickAllowHub = ({ allowHub }: Settings): boolean => allowHub;
/** The height of what is said about a model. */
const HEIGHT = 120;

/** The dialog's content. @param onBegun called when a download has been queued */
export function GetModel({ onBegun }: { readonly onBegun?: () => void }): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isAllowed = useSettingsPart(pickAllowHub) ?? true;
  return (
    <>
      <Button icon={Download} disabledReason={isAllowed ? null : t('models.get.off')} onPress={() => setOpen(true)}>
        {t('models.get.button')}
      </Button>
      {isOpen && <GetDialog onClose={() => setOpen(false)} onBegun={onBegun} />}
    </>
  );
}

type GetDialogProps = { readonly onClose: () => void; readonly onBegun: (() => void) | undefined };

function GetDialog({ onClose, onBegun }: GetDialogProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [address, setAddress] = useState('');
  const [query, setQuery] = useState<string | null>(null);
  const ctx = useContextLength();
  const question = { address: query ?? '-' };
  const here = useCall('hub.find', question, { enabled: query !== null, forgetsUnseen: true });
  const look = useCall('hub.look', { ...question, ctx }, { enabled: here.data === null, forgetsUnseen: true });
  const get = useCallMutation('hub.get', {
    onSuccess: () => {
      onClose();
      onBegun?.();
    },
    onError: reportFailure,
  });
  const modelId = here.data?.modelId ?? null;
  const error = query === null ? null : (here.error ?? look.error);
  const isAsking = query !== null && error === null && !here.data && look.data === undefined;
  const submit = (): void => {
    if (query === null) setQuery(address.trim());
    else if (modelId !== null) {
      chooseModel(modelId);
      onClose();
    } else if (look.data) get.mutate({ address: query });
    else if (error !== null) void (here.error === null ? look : here).refetch();
  };
  const action =
    modelId !== null
      ? t('models.get.show')
      : look.data && query !== null
        ? t('models.get.get', { size: format.bytes(look.data.bytes) })
        : t('models.get.look');
  return (
    <FormDialog
      title={t('models.get.title')}
      onClose={onClose}
      action={action}
      isReady={address.trim() !== '' && !get.isPending}
      onSubmit={submit}
    >
      <div className={kit.stack4}>
        <TextField
          label={t('models.get.address')}
          description={t('models.get.note')}
          placeholder="hf:owner/name:Q4_K_M"
          value={address}
          onChange={(text) => {
            setAddress(text);
            setQuery(null);
          }}
          spellCheck="false"
          autoComplete="off"
          autoFocus
        />
        <div role="status">
          {isAsking && (
            <>
              <p className={kit.lead}>{t('models.get.asking')}</p>
              <Skeleton height={HEIGHT} />
            </>
          )}
          {query !== null && here.data && <p>{t('models.get.here', { path: here.data.displayPath })}</p>}
          {query !== null && look.data && <Looked look={look.data} />}
        </div>
        {error !== null && <ErrorPanel error={error.toData()} />}
      </div>
    </FormDialog>
  );
}

function Looked({ look: { files, bytes, freeBytes, model } }: { readonly look: HubLook }): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const format = useFormat();
  return (
    <dl className={facts.grid}>
      <dt>{t('models.file')}</dt>
      <dd>{files[0]?.name}</dd>
      <dt>{t('models.size')}</dt>
      <dd>
        <Bytes value={bytes} /> {files.length > 1 && t('models.inParts', { count: files.length })} (
        {t('models.get.disk', { free: format.bytes(freeBytes) })})
      </dd>
      {model && (
        <>
          <dt>{t('models.archLong')}</dt>
          <dd>
            {model.arch}, {model.fileType}
          </dd>
          {model.nExpert > 0 && (
            <>
              <dt>{t('models.experts')}</dt>
              <dd>{t('models.expertsLong', { experts: model.nExpert, used: model.nExpertUsed })}</dd>
            </>
          )}
          <dt>{t('models.memory.title')}</dt>
          <dd>
            <Fits model={model} />
          </dd>
          {!model.prunable.ok && (
            <>
              <dt>{t('models.get.notPrunable')}</dt>
              <dd>{translate(model.prunable.reason)}</dd>
            </>
          )}
        </>
      )}
    </dl>
  );
}

type Fit = NonNullable<HubLook['model']>['fit'];

function Fits({
  model: { fit, keep, nExpert, prunable },
}: {
  readonly model: NonNullable<HubLook['model']>;
}): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const needed = neededBytes(fit.full);
  const what = { needed: format.bytes(needed), ctx: format.count(fit.ctx), room: format.bytes(fit.room.memory) };
  if (needed <= fit.room.memory) return t('models.get.fits', what);
  if (keep !== null && fit.pruned) {
    return t('models.get.pruned', { ...what, keep, total: nExpert, pruned: format.bytes(neededBytes(fit.pruned)) });
  }
  return t(prunable.ok ? 'models.get.never' : 'models.get.tooLarge', what);
}

function neededBytes({ weightsBytes, kvBytes, computeBytes }: Fit['full']): number {
  return weightsBytes + kvBytes + computeBytes;
}
