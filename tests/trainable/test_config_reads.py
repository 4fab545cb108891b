"""Which names a task may read from its configuration, told from its text."""

from pathlib import Path

import pytest

from trainable.config_reads import config_reads
from trainable.source import Source

MODEL = "def model(config):\n    "
NET = """
class Net(nn.Module):
    def __init__(self, {}):
        super().__init__()
        {}
"""


def reads(text):
    return config_reads(Source(Path("my_task.py"), text))


READS_WIDTH = {
    "a subscript": MODEL + "return config['width']",
    "get": MODEL + "return config.get('width', 3)",
    "get without a default": MODEL + "return config.get('width') or 3",
    "in": MODEL + "return 3 if 'width' in config else 4",
    "only under a condition": MODEL
    + "if config['kind'] == 'wide':\n        return config['width']",
    "another name for it": MODEL + "hp = config\n    return hp['width']",
    "a copy": MODEL + "hp = dict(config)\n    return hp.pop('width')",
    "a copy with defaults": MODEL + "hp = {'width': 3, **config}\n    return hp['width']",
    "a union": MODEL + "hp = {'width': 3} | config\n    return hp['width']",
    "a namespace": MODEL + "hp = SimpleNamespace(**config)\n    return hp.width",
    "defaults updated": MODEL + "hp = {}\n    hp.update(config)\n    return hp['width']",
    "a walrus": MODEL + "return (hp := config)['width']",
    "a closure": MODEL + "def block():\n        return config['width']\n    return block()",
    "a lambda": MODEL + "return (lambda x: x + config['width'])",
    "a comprehension": MODEL + "return [config['width'] for _ in range(3)]",
    "a helper": "def build(hp):\n    return hp['width']\n" + MODEL + "return build(config)",
    "a helper, by name": "def build(a, hp):\n    hp['width']\n" + MODEL + "build(hp=config, a=1)",
    "a helper that gives it back": "def whole(hp):\n    return {'width': 3, **hp}\n"
    + MODEL
    + "return whole(config)['width']",
    "a class": NET.format("config", "config['width']") + MODEL + "return Net(config)",
    "a class that keeps it": NET.format("hp", "self.hp = hp")
    + "    def forward(self, x):\n        return x * self.hp['width']\n"
    + MODEL
    + "return Net(config)",
    "a method": NET.format("hp", "self.build(hp)")
    + "    def build(self, hp):\n        hp['width']\n"
    + MODEL
    + "return Net(config)",
    "a class method": "class Net:\n    @classmethod\n    def of(cls, hp):\n        hp['width']\n"
    + MODEL
    + "return Net.of(config)",
    "a base class": NET.format("config", "config['width']")
    + "class Wide(Net):\n    def __init__(self, config):\n        super().__init__(config)\n"
    + MODEL
    + "return Wide(config)",
    "a base class that is named": NET.format("config", "config['width']")
    + "class Wide(Net):\n    def __init__(self, config, depth):\n"
    "        Net.__init__(self, config)\n" + MODEL + "return Wide(config, 3)",
    "a property": NET.format("hp", "self._hp = hp")
    + "    @property\n    def hp(self):\n        return self._hp\n"
    "    def forward(self, x):\n        return x * self.hp['width']\n"
    + MODEL
    + "return Net(config)",
    "an attribute of a class": MODEL
    + "class Inner:\n        hp = config\n    return Inner.hp['width']",
    "an old super": NET.format("config", "config['width']")
    + "class Wide(Net):\n    def __init__(self, config):\n"
    "        super(Wide, self).__init__(config)\n" + MODEL + "return Wide(config)",
    "arguments": NET.format("width, **others", "") + MODEL + "return Net(**config)",
    "the rest of the arguments": NET.format("depth, **others", "others.get('width')")
    + MODEL
    + "return Net(**config)",
    "a loop": MODEL + "for name in ('depth', 'width'):\n        print(config[name])",
    "a loop over a constant": "NAMES = ('depth', 'width')\n"
    + MODEL
    + "return [config[n] for n in NAMES]",
    "an f-string": MODEL + "return [config[f'wid{end}'] for end in ends]",
    "a sum of texts": MODEL + "return [config['wid' + end] for end in ends]",
    "getattr": MODEL + "hp = Namespace(**config)\n    return getattr(hp, 'width', 3)",
    "the optimizer": "def optimizer(model, cfg):\n    return cfg['width']",
    "the loss": "def loss(outputs, targets, config):\n    return config['width']",
    "the schedule": "def scheduler(optimizer, hp):\n    return hp['width']",
    "a loop of one's own": "def train(config):\n    yield config['width']",
    "a class as the model": "class model:\n    def __init__(self, c):\n        c['width']",
    "a lambda as the model": "model = lambda config: config['width']",
}


@pytest.mark.parametrize("text", READS_WIDTH.values(), ids=READS_WIDTH)
def test_a_name_that_is_read_is_found_and_no_other(text):
    found = reads(text)

    assert found.reads("width")
    assert not found.may_read("patience")


SAYS_PATIENCE = {
    "a docstring": '"""patience"""\n' + MODEL + "return config['width']",
    "a print": MODEL + "print('patience', config['width'])",
    "a list of names": "NAMES = ['patience']\n" + MODEL + "return config['width']",
    "a dict of another kind": "stop = {'patience': 3}\n" + MODEL + "return stop['patience']",
    "get of another dict": MODEL + "return os.environ.get('patience', config['width'])",
    "an attribute": MODEL + "self.patience = 3\n    return self.patience",
    "a variable": MODEL + "patience = 3\n    return patience",
    "a default": MODEL + "return config.get('width', 'patience')",
    "what is compared": MODEL + "return config['width'] == 'patience'",
    "a message": MODEL + "print(f'patience {config}', config)",
    "an optimizer's group": "def optimizer(model, config):\n    opt = SGD(lr=config['lr'])\n"
    "    for group in opt.param_groups:\n        group['patience'] = group['patience'] + 1\n"
    "    return opt",
    "what is written": MODEL + "hp = dict(config)\n    hp['patience'] = 3\n    return hp['width']",
    "metrics": "def metrics(outputs, targets):\n    return {'patience': 1.0}",
    "a function of another name": "def early(config):\n    return config['patience']",
    "a parameter that it is not given to": NET.format("width, patience=3", "")
    + MODEL
    + "return Net(config['width'])",
    "arguments of another dict": NET.format("width, patience=3", "")
    + MODEL
    + "return Net(**{'width': config['width']})",
    "a parameter that hides it": MODEL + "def f(config):\n        return config['patience']",
    "the rest that nobody reads": NET.format("width, **others", "")
    + MODEL
    + "return Net(**config)",
    "a copy": MODEL + "hp = config.copy()\n    print(hp, len(hp))\n    return hp['width']",
    "a model's eval": MODEL + "net = Net(config['width'])\n    net.eval()\n    return net",
    "torch's own loss": "loss = nn.CrossEntropyLoss()\n# patience",
    "torch's own loss, a function": "from torch.nn import functional as F\nloss = F.l1_loss",
}


@pytest.mark.parametrize("text", SAYS_PATIENCE.values(), ids=SAYS_PATIENCE)
def test_a_name_that_only_stands_in_the_file_is_not_read(text):
    assert not reads(text).may_read("patience")


MAY_READ_ANYTHING = {
    "a function of another file": MODEL + "return nets.build(config)",
    "arguments of a function of another file": MODEL + "return Net(**config)",
    "a model of another file": "from nets import model",
    "a model that is made": "model = functools.partial(build, 3)",
    "two models": "if BIG:\n    def model(config): ...\nelse:\n    def model(config): ...",
    "a wrapped model": "@wrap\ndef model(config): ...",
    "a star import": "from nets import *",
    "a list": MODEL + "return build([config])",
    "a dict": MODEL + "return build({'all': config})",
    "items": MODEL + "for name, value in config.items():\n        setattr(net, name, value)",
    "a loop over it": MODEL + "return [config[name] for name in config]",
    "a key that is given": MODEL + "return config[KEYS[0]]",
    "a key from elsewhere": MODEL + "return {n: config[n] for n in signature(Net).parameters}",
    "a list that may have grown": "NAMES = ['depth']\nNAMES.append('patience')\n"
    + MODEL
    + "return [config[n] for n in NAMES]",
    "a helper that is given the key": "def pick(hp, name):\n    return hp[name]\n"
    + MODEL
    + "return pick(config, 'patience')",
    "a dataclass": "@dataclass\nclass Hp:\n    patience: int = 3\n" + MODEL + "return Hp(**config)",
    "a method of its own": MODEL + "read = config.get\n    return read('patience')",
    "a global": "HP = None\ndef model(config):\n    global HP\n    HP = config",
    "a module's attribute": MODEL + "return globals()['config']['patience']",
    "all attributes": NET.format("config", "self.__dict__.update(config)")
    + MODEL
    + "return Net(config)",
    "a setter": NET.format("config", "self.hp = config")
    + "    @property\n    def hp(self):\n        return self.kept\n"
    + "    @hp.setter\n    def hp(self, value):\n        self.kept = value\n"
    + MODEL
    + "return Net(config).kept['patience']",
    "a text that is filled": MODEL + "return '{patience}'.format(**config)",
    "a text that is filled, the old way": MODEL + "return '%(patience)s' % config",
    "a filter of its items": MODEL + "return Net(**{k: v for k, v in config.items() if k in own})",
    "a getter of items": MODEL + "return itemgetter('patience')(config)",
    "a function that is given": "def apply(function, hp):\n    return function(hp)\n"
    + MODEL
    + "return apply(build, config)",
    "get, mapped": MODEL + "return [*map(config.get, ('patience',))]",
    "Lightning's hyperparameters": NET.format("patience, **rest", "self.save_hyperparameters()")
    + MODEL
    + "return Net(**config)",
    "a match": MODEL + "match config:\n        case {'patience': n}:\n            return n",
    "unpacked arguments": "def build(*parts): ...\n" + MODEL + "return build(*config)",
    "a star argument before it": "def build(*parts): ...\n" + MODEL + "return build(*a, config)",
    "a yield": "def train(config):\n    yield config",
    "a table of functions": MODEL + "return NETS[config['kind']](config)",
    "a constructor of a library": "class Net(Base): ...\n" + MODEL + "return Net(config)",
    "a default": MODEL + "def build(hp=config):\n        return hp['patience']\n    return build()",
}


@pytest.mark.parametrize("text", MAY_READ_ANYTHING.values(), ids=MAY_READ_ANYTHING)
def test_where_it_cannot_be_followed_any_name_may_be_read(text):
    assert reads(text).may_read("patience")


def test_a_name_put_together_is_known_by_its_pattern():
    found = reads(MODEL + "return [config[f'layer{i}_units'] for i in range(3)]")

    assert found.reads("layer12_units")
    assert not found.may_read("layer12")
