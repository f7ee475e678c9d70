FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt -c constraints.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
RUN useradd --create-home explorer && mkdir -p /data && chown explorer /data
USER explorer
# Uploads and downloaded weights live in one volume.
ENV MASKING_UPLOADS=/data/uploads TORCH_HOME=/data/torch
VOLUME /data
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=3)"
# Inside a container the outside decides who may connect.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
