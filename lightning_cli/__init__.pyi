from lightning_cli.api import SpeechStream as SpeechStream
from lightning_cli.api import Spoken as Spoken
from lightning_cli.api import astream as astream
from lightning_cli.api import save as save
from lightning_cli.api import speak as speak
from lightning_cli.api import stream as stream
from lightning_cli.errors import LightningError as LightningError

__version__: str
IMPORTED_AT: float
