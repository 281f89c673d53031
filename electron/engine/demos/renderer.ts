// Entry of a renderer process: see chat-renderer.ts.
import { answerCalls } from '../base/backend/answer-calls.ts';
import { watchParent } from '../base/backend/parent-port.ts';
import { RENDERER_MEMORY_MIB } from './limits.ts';
import { answerRender } from './render-chat.ts';
import { methods } from './renderer-calls.ts';

watchParent({ memoryMiB: RENDERER_MEMORY_MIB });

answerCalls(methods, { render: answerRender });
